import { describe, expect, it } from 'vitest';
import {
  DEGREE,
  anglesFrom,
  antennaJoint,
  directionTo,
  poseFrom,
  quaternionFrom,
  wrapped,
} from '../src/maths/pose';

const ANGLES = [-170, -65, -20, 0, 35, 90, 170].map((value) => value * DEGREE);
const PITCHES = [-80, -20, 0, 35, 80].map((value) => value * DEGREE);

describe('head angles', () => {
  it('come back from their quaternion', () => {
    for (const yaw of ANGLES) {
      for (const roll of ANGLES) {
        for (const pitch of PITCHES) {
          const found = anglesFrom(quaternionFrom({ roll, pitch, yaw }));
          expect(found.yaw).toBeCloseTo(yaw, 9);
          expect(found.pitch).toBeCloseTo(pitch, 9);
          expect(found.roll).toBeCloseTo(roll, 9);
        }
      }
    }
  });

  it('stay finite where the head would look straight up or down', () => {
    for (const pitch of [-90, 90]) {
      const quaternion = quaternionFrom({ roll: 0, pitch: pitch * DEGREE, yaw: 0.5 });
      const found = anglesFrom(quaternion);
      expect(found.pitch).toBeCloseTo(pitch * DEGREE, 5);
      expect(found.yaw).toBeCloseTo(0.5, 5);
      expect(found.roll).toBe(0);
    }
  });

  it('turn left about z with a positive yaw and down with a positive pitch', () => {
    const left = quaternionFrom({ roll: 0, pitch: 0, yaw: 90 * DEGREE });
    expect(left).toMatchObject({ x: 0, y: 0 });
    expect(left.z).toBeCloseTo(Math.SQRT1_2, 12);
    const down = quaternionFrom({ roll: 0, pitch: 90 * DEGREE, yaw: 0 });
    expect(down.y).toBeCloseTo(Math.SQRT1_2, 12);
  });
});

it('looking straight ahead at rest is the identity', () => {
  expect(poseFrom({ roll: 0, pitch: 0, yaw: 0 }, 0)).toEqual({
    position: { x: 0, y: 0, z: 0 },
    orientation: { x: 0, y: 0, z: 0, w: 1 },
  });
});

it('an angle is wrapped to half a turn either way', () => {
  expect(wrapped(200 * DEGREE)).toBeCloseTo(-160 * DEGREE, 12);
  expect(wrapped(-0.3)).toBeCloseTo(-0.3, 12);
});

it('antennas count outwards from upright on both sides', () => {
  expect(antennaJoint('right', 0.4)).toBe(0.4);
  expect(antennaJoint('left', 0.4)).toBe(-0.4);
});

it('a point in the frame of the head is seen from where its camera is at rest', () => {
  const level = directionTo({ x: 1.0395, y: 1, z: 0.0525 });
  expect(level.yaw).toBeCloseTo(45 * DEGREE, 12);
  expect(level.pitch).toBeCloseTo(0, 12);
  expect(directionTo({ x: 1.0395, y: 0, z: 1.0525 }).pitch).toBeCloseTo(-45 * DEGREE, 12);
});
