/**
 * Head poses as a person thinks of them, and as ROS sends them.
 *
 * Angles in rad, lengths in m, REP-103: x forward, y left, z up. Orientation is yaw about z, then
 * pitch about y, then roll about x (fixed axes: Rz(yaw) Ry(pitch) Rx(roll)): +pitch looks down,
 * +yaw looks left, +roll tips the head to its right.
 */

import type { Pose, Quaternion, Vector3 } from '../ros/messages';

export interface Angles {
  roll: number;
  pitch: number;
  yaw: number;
}

export const DEGREE = Math.PI / 180;

/** Returns the unit quaternion of roll, pitch and yaw. */
export function quaternionFrom({ roll, pitch, yaw }: Angles): Quaternion {
  const [sr, cr] = [Math.sin(roll / 2), Math.cos(roll / 2)];
  const [sp, cp] = [Math.sin(pitch / 2), Math.cos(pitch / 2)];
  const [sy, cy] = [Math.sin(yaw / 2), Math.cos(yaw / 2)];
  return {
    x: sr * cp * cy - cr * sp * sy,
    y: cr * sp * cy + sr * cp * sy,
    z: cr * cp * sy - sr * sp * cy,
    w: cr * cp * cy + sr * sp * sy,
  };
}

/** Returns roll, pitch and yaw of a unit quaternion; at pitch of 90 degrees roll is 0. */
export function anglesFrom({ x, y, z, w }: Quaternion): Angles {
  const sine = clamp(2 * (w * y - z * x), -1, 1);
  const pitch = Math.asin(sine);
  if (Math.abs(sine) > 1 - 1e-9) {
    return { roll: 0, pitch, yaw: wrapped(-2 * Math.sign(sine) * Math.atan2(x, w)) };
  }
  return {
    roll: Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
    pitch,
    yaw: Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
  };
}

/** Returns the head pose at a height above neutral (m), straight above its rest place. */
export function poseFrom(angles: Angles, height: number): Pose {
  return { position: { x: 0, y: 0, z: height }, orientation: quaternionFrom(angles) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Returns the same angle within -pi .. pi. */
export function wrapped(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** An antenna's angle outwards from upright: the right joint counts outwards, the left inwards. */
export function antennaJoint(side: 'left' | 'right', outwards: number): number {
  return side === 'right' ? outwards : -outwards;
}

/** m, where the camera is in head_neutral while the head is at rest. */
const EYES: Vector3 = { x: 0.0395, y: 0, z: 0.0525 };

/** Returns the direction of a point in head_neutral from there: yaw to its left, pitch down, rad. */
export function directionTo({ x, y, z }: Vector3): { yaw: number; pitch: number } {
  const [ahead, left, up] = [x - EYES.x, y - EYES.y, z - EYES.z];
  return { yaw: Math.atan2(left, ahead), pitch: -Math.atan2(up, Math.hypot(ahead, left)) };
}
