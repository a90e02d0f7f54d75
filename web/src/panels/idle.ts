/** How long a model has been unused, and when it goes: counted on from its last message. */

import type { Known } from '../ros/collections';
import type { ModelStatus } from '../ros/messages';

/** Owners speak of a loaded model every 10 s; one that has not for this long has gone. */
export const SILENCE_S = 25;

/** Returns s since the last message. */
export function ageOf({ receivedAt }: Known<unknown>, now: number): number {
  return Math.max(0, now - receivedAt) / 1000;
}

/** Whether the model should have been heard of: its owner ended without a word. */
export function isSilent(known: Known<ModelStatus>, now: number): boolean {
  const speaks = ['loading', 'ready', 'busy'].includes(known.value.state);
  return speaks && ageOf(known, now) > SILENCE_S;
}

/** Returns s since the last use; only a model that is ready goes on being idle. */
export function idleFor(known: Known<ModelStatus>, now: number): number {
  return known.value.state === 'ready' ? known.value.idle + ageOf(known, now) : 0;
}

/** Returns s until the model is unloaded for being idle; undefined when it will not be. */
export function idleLeft(known: Known<ModelStatus>, now: number): number | undefined {
  const { state, idle_left: left } = known.value;
  if (state !== 'ready' || left < 0) return undefined;
  return Math.max(0, left - ageOf(known, now));
}
