/** Is a value still true? Times in ms of one monotonic clock. */

export type Freshness = 'none' | 'fresh' | 'stale';

/**
 * `staleAfter` of 0 means that the value is only sent when it changes: it holds for as long as the
 * connection that brought it.
 */
export function freshness(
  receivedAt: number | undefined,
  now: number,
  staleAfter: number,
  connected: boolean,
): Freshness {
  if (receivedAt === undefined) return 'none';
  if (!connected) return 'stale';
  return staleAfter > 0 && now - receivedAt > staleAfter ? 'stale' : 'fresh';
}

/** Returns the wait before connection attempt `attempt` (0 first): doubling, 0.3 s to 4 s. */
export function reconnectDelay(attempt: number): number {
  return Math.min(4000, 300 * 2 ** Math.min(attempt, 8));
}
