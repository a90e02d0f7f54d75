/** The level of a diagnostic: 0 OK, 1 warning, 2 error, 3 stale. */

/** A diagnostic level is a byte, which some servers send as a number and some as base64. */
export function levelOf(level: number | string): number {
  return typeof level === 'number' ? level : atob(level).charCodeAt(0) || 0;
}
