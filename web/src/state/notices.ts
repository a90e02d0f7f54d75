/** Short messages about what went wrong or was done; the newest few are shown for a while. */

import { signal } from '@preact/signals';

export interface Notice {
  id: number;
  text: string;
  kind: 'error' | 'info';
}

const MAX_NOTICES = 3;
const SHOWN_MS = 7000;
let counter = 0;

export const notices = signal<Notice[]>([]);

export function notify(text: string, kind: Notice['kind'] = 'error'): void {
  const notice = { id: ++counter, text, kind };
  const others = notices.value.filter((other) => other.text !== text);
  notices.value = [...others, notice].slice(-MAX_NOTICES);
  setTimeout(() => dismiss(notice.id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** Shows the error of a promise that nobody waits for. */
export function report(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => notify(error instanceof Error ? error.message : String(error)));
}
