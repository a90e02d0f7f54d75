/** What a person moves by hand, and the messages for it. Without any state. */

import { DEGREE, anglesFrom, antennaJoint, poseFrom, wrapped } from '../maths/pose';
import type { BodyTarget, JointState, PoseStamped } from './messages';
import { NO_HEADER } from './messages';

/** rad; height in m above neutral; antennas outwards from upright; yaw counts from the body. */
export interface Axes {
  yaw: number;
  pitch: number;
  roll: number;
  height: number;
  left: number;
  right: number;
  body: number;
}
export type Axis = keyof Axes;
export type Group = 'head' | 'antennas' | 'body';

export const RANGES: Readonly<Record<Axis, readonly [number, number]>> = {
  yaw: [-60 * DEGREE, 60 * DEGREE],
  pitch: [-35 * DEGREE, 35 * DEGREE],
  roll: [-30 * DEGREE, 30 * DEGREE],
  height: [-0.03, 0.02],
  left: [-90 * DEGREE, 170 * DEGREE],
  right: [-90 * DEGREE, 170 * DEGREE],
  body: [-160 * DEGREE, 160 * DEGREE],
};
export const NEUTRAL: Readonly<Axes> = {
  yaw: 0,
  pitch: 0,
  roll: 0,
  height: 0,
  left: 10 * DEGREE,
  right: 10 * DEGREE,
  body: 0,
};
export const AXES = Object.keys(RANGES) as Axis[];

/** Returns the axes that a head pose and joint states show. */
export function measuredAxes(pose: PoseStamped, joints: JointState): Axes {
  const joint = (name: string): number => joints.position[joints.name.indexOf(name)] ?? 0;
  const body = joint('yaw_body');
  const head = anglesFrom(pose.pose.orientation);
  return {
    yaw: wrapped(head.yaw - body),
    pitch: head.pitch,
    roll: head.roll,
    height: pose.pose.position.z,
    left: antennaJoint('left', joint('left_antenna')),
    right: antennaJoint('right', joint('right_antenna')),
    body,
  };
}

/** Returns the message for the groups that are held. */
export function bodyTarget(axes: Axes, held: ReadonlySet<Group>): BodyTarget {
  const { roll, pitch, yaw, height, body } = axes;
  return {
    header: { ...NO_HEADER, frame_id: 'head_neutral' },
    has_head: held.has('head') || held.has('body'),
    head: poseFrom({ roll, pitch, yaw: wrapped(yaw + body) }, height),
    has_antennas: held.has('antennas'),
    left_antenna: antennaJoint('left', axes.left),
    right_antenna: antennaJoint('right', axes.right),
    has_body_yaw: held.has('body'),
    body_yaw: body,
  };
}
