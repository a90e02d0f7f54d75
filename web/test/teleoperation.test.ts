import { expect, it } from 'vitest';
import { DEGREE, anglesFrom, quaternionFrom } from '../src/maths/pose';
import { NO_HEADER } from '../src/ros/messages';
import { NEUTRAL, RANGES, bodyTarget, measuredAxes } from '../src/ros/axes';
import type { Axis } from '../src/ros/axes';

const AXES = {
  yaw: 20 * DEGREE,
  pitch: -10 * DEGREE,
  roll: 5 * DEGREE,
  height: 0.01,
  left: 40 * DEGREE,
  right: -30 * DEGREE,
  body: 90 * DEGREE,
};

it('a target speaks only of what is held', () => {
  const target = bodyTarget(AXES, new Set(['antennas']));
  expect(target).toMatchObject({ has_head: false, has_antennas: true, has_body_yaw: false });
  expect(target.right_antenna).toBeCloseTo(-30 * DEGREE, 12);
  expect(target.left_antenna).toBeCloseTo(-40 * DEGREE, 12);
});

it('a turning body takes the head along', () => {
  const target = bodyTarget(AXES, new Set(['body']));
  expect(target).toMatchObject({ has_head: true, has_body_yaw: true });
  expect(target.body_yaw).toBeCloseTo(90 * DEGREE, 12);
  expect(anglesFrom(target.head.orientation).yaw).toBeCloseTo(110 * DEGREE, 9);
});

it('what is measured and sent again is where the robot is', () => {
  const target = bodyTarget(AXES, new Set(['head', 'antennas', 'body']));
  const pose = { header: NO_HEADER, pose: target.head };
  const joints = {
    header: NO_HEADER,
    name: ['yaw_body', 'right_antenna', 'left_antenna'],
    position: [target.body_yaw, target.right_antenna, target.left_antenna],
  };
  const measured = measuredAxes(pose, joints);
  for (const axis of Object.keys(AXES) as Axis[]) expect(measured[axis]).toBeCloseTo(AXES[axis], 9);
});

it('the head yaw of a robot turned about is counted from its body', () => {
  const orientation = quaternionFrom({ roll: 0, pitch: 0, yaw: -170 * DEGREE });
  const pose = { header: NO_HEADER, pose: { position: { x: 0, y: 0, z: 0 }, orientation } };
  const joints = { header: NO_HEADER, name: ['yaw_body'], position: [150 * DEGREE] };
  expect(measuredAxes(pose, joints).yaw).toBeCloseTo(40 * DEGREE, 9);
});

it('neutral is within every range', () => {
  for (const axis of Object.keys(RANGES) as Axis[]) {
    const [low, high] = RANGES[axis];
    expect(NEUTRAL[axis]).toBeGreaterThanOrEqual(low);
    expect(NEUTRAL[axis]).toBeLessThanOrEqual(high);
  }
});
