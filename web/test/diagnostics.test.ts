import { expect, it } from 'vitest';
import { levelOf } from '../src/ros/levels';

it('a diagnostic level is read from a number and from base64', () => {
  expect(levelOf(2)).toBe(2);
  expect(levelOf('Ag==')).toBe(2);
  expect(levelOf('AA==')).toBe(0);
});

it('a level that is neither is OK instead of an error', () => {
  expect(levelOf('')).toBe(0);
});
