import { expect, it } from 'vitest';
import { freshness, reconnectDelay } from '../src/ros/freshness';

it('a value that never came is neither fresh nor stale', () => {
  expect(freshness(undefined, 5000, 1000, true)).toBe('none');
  expect(freshness(undefined, 5000, 1000, false)).toBe('none');
});

it('a value grows stale with its age', () => {
  expect(freshness(1000, 1900, 1000, true)).toBe('fresh');
  expect(freshness(1000, 2100, 1000, true)).toBe('stale');
});

it('a value that is sent on change only holds as long as the connection', () => {
  expect(freshness(1000, 1e9, 0, true)).toBe('fresh');
  expect(freshness(1000, 1001, 0, false)).toBe('stale');
});

it('attempts to connect are soon at first and never rarer than every four seconds', () => {
  expect(reconnectDelay(0)).toBe(300);
  expect(reconnectDelay(1)).toBe(600);
  expect(reconnectDelay(1000)).toBe(4000);
});
