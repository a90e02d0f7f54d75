/** A slow tick for everything that ages on the screen. */

import { signal } from '@preact/signals';

export const TICK_MS = 500;
/** ms of performance.now(). */
export const now = signal(performance.now());
setInterval(() => {
  if (!document.hidden) now.value = performance.now();
}, TICK_MS);
