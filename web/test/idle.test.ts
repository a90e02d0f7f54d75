import { expect, it } from 'vitest';
import type { ModelStatus } from '../src/ros/messages';
import { SILENCE_S, idleFor, idleLeft, isSilent } from '../src/panels/idle';

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
  idle_left: 288,
  pinned: false,
  progress: -1,
  stage: '',
  device: 'cpu',
};
const known = (changes: Partial<ModelStatus> = {}) => ({
  value: { ...model, ...changes },
  receivedAt: 1000,
});

it('a ready model goes on being idle between its messages', () => {
  expect(idleFor(known(), 6000)).toBe(17);
  expect(idleLeft(known(), 6000)).toBe(283);
});

it('a busy or unloaded model is not idle', () => {
  for (const state of ['busy', 'loading', 'unloaded', 'failed']) {
    expect(idleFor(known({ state }), 6000)).toBe(0);
    expect(idleLeft(known({ state }), 6000)).toBeUndefined();
  }
});

it('a model that is not unloaded by itself has no time left', () => {
  expect(idleLeft(known({ idle_left: -1 }), 6000)).toBeUndefined();
});

it('the time left ends at nothing', () => {
  expect(idleLeft(known(), 1000 + 400_000)).toBe(0);
});

it('a loaded model that is not heard of for long has lost its owner', () => {
  const late = 1000 + (SILENCE_S + 1) * 1000;
  for (const state of ['busy', 'loading', 'ready']) {
    expect(isSilent(known({ state }), late)).toBe(true);
    expect(isSilent(known({ state }), 1000 + SILENCE_S * 1000)).toBe(false);
  }
  for (const state of ['unloaded', 'failed']) {
    expect(isSilent(known({ state }), late)).toBe(false);
  }
});
