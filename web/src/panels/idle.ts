/** How long a model has been unused, counted on from its last message, and how long it may be. */

import { callService } from '../ros/calls';
import type { Known } from '../ros/collections';
import type { ModelStatus } from '../ros/messages';
import type { Robot } from '../ros/robot';

export const IDLE_LIMIT_DEFAULT_S = 300;

/** Returns s since the last use; only a model that is ready goes on being idle. */
export function idleFor({ value, receivedAt }: Known<ModelStatus>, now: number): number {
  if (value.state !== 'ready') return 0;
  return value.idle + Math.max(0, now - receivedAt) / 1000;
}

/** Asks the owner after how many s it unloads an idle model (0: never). */
export async function fetchIdleLimit(robot: Robot, owner: string): Promise<number> {
  const name = `${robot.resolve(owner)}:model_inactivity_timeout`;
  const request = { name, default_value: '' };
  try {
    const answer = await callService<{ value: string }>(robot.link, '/rosapi/get_param', request);
    const limit = Number.parseFloat(answer.value);
    return Number.isFinite(limit) ? limit : IDLE_LIMIT_DEFAULT_S;
  } catch {
    return IDLE_LIMIT_DEFAULT_S; // no rosapi: what the documentation names
  }
}
