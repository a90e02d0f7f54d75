import { expect, it } from 'vitest';
import { isReplay } from '../src/ros/replay';

it.each(['/player_4711', '/rosbag2_player'])(
  'what %s publishes without a driver is a recording',
  (node) => {
    expect(isReplay(false, ['/state', node], false)).toBe(true);
  },
);

it.each(['/robot', '/player', '/left/player_1', '/video_player_2'])('%s is no player', (node) => {
  expect(isReplay(false, [node], false)).toBe(false);
});

it('beside a driver nothing is called a recording', () => {
  expect(isReplay(true, ['/player_1'], true)).toBe(false);
});

it('a recording stays one when its player has gone', () => {
  expect(isReplay(false, [], true)).toBe(true);
});
