/** What the page remembers in this browser. */

import { effect, signal } from '@preact/signals';
import { parsed } from './stored';
import type { Settings } from './stored';

const KEY = 'bbia-dashboard';

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser may forbid storage: the page then starts with the defaults
  }
}

export const settings = signal<Settings>(parsed(stored()));

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part };
}

/** Writes settings to the browser and applies the theme; called once. */
export function keepSettings(): void {
  effect(() => {
    const { theme } = settings.value;
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, JSON.stringify(settings.value));
    } catch {
      // storage is forbidden or full: the settings hold until the page is closed
    }
  });
}
