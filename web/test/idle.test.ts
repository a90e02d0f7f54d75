import { expect, it } from 'vitest';
import type { ModelStatus } from '../src/ros/messages';
import { idleFor } from '../src/panels/idle';

const model: ModelStatus = {
  name: 'base',
  owner: 'hearing',
  engine: 'whisper',
  state: 'ready',
  memory_mb: 100,
  idle: 12,
  loads: 1,
  evictions: 0,
  error: '',
};

it('a ready model goes on being idle between its messages', () => {
  expect(idleFor({ value: model, receivedAt: 1000 }, 6000)).toBe(17);
});

it('a busy or unloaded model is not idle', () => {
  for (const state of ['busy', 'loading', 'unloaded']) {
    expect(idleFor({ value: { ...model, state }, receivedAt: 1000 }, 6000)).toBe(0);
  }
});
