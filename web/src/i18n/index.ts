/** Texts in the person's language. Reading `t` in a component makes it redraw when that changes. */

import { computed } from '@preact/signals';
import { settings } from '../state/settings';
import { chosenLanguage, filled } from './choice';
import type { Language } from './choice';
import { en } from './en';
import { fr } from './fr';

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;

export const TEXTS: Readonly<Record<Language, Texts>> = { en, fr };

export const language = computed(() =>
  chosenLanguage(settings.value.language, navigator.languages ?? [navigator.language]),
);

/** Returns the text of a key, with {name} replaced by the values given. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return filled(TEXTS[language.value][key], values);
}

/** Returns the text of a key made of a prefix and a name, or the name itself if there is none. */
export function named(prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in en ? t(key as Key) : name.replaceAll('_', ' ');
}
