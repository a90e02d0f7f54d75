/** Questions to rosapi. A server without it leaves them open. */

import { effect } from '@preact/signals';
import { callService } from './calls';
import type { Link } from './link';

const POLL_MS = 4000;

/** Returns the list in one field of rosapi's answer; undefined when nobody answers. */
export async function listed(
  link: Link,
  service: string,
  field: string,
  args: object = {},
): Promise<string[] | undefined> {
  try {
    const answer = await callService<Record<string, string[]>>(link, `/rosapi/${service}`, args);
    return answer[field];
  } catch {
    return undefined; // no rosapi, or an older one: the question stays open
  }
}

/** Asks at every connection and then now and then, one question at a time, while the page is seen. */
export function askAgain(link: Link, ask: () => Promise<void>): void {
  let asking = false;
  const run = async (): Promise<void> => {
    if (asking || !link.connected.value) return;
    asking = true;
    await ask();
    asking = false;
  };
  effect(() => {
    if (link.connected.value) void run();
  });
  setInterval(() => {
    if (!document.hidden) void run();
  }, POLL_MS);
}
