import { describe, expect, it } from 'vitest';
import { chosenLanguage, filled } from '../src/i18n/choice';
import { en } from '../src/i18n/en';
import { fr } from '../src/i18n/fr';

const holes = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();

describe('the French texts', () => {
  it('have the keys of the English ones and no other', () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  it('take the same values as the English ones', () => {
    for (const [key, text] of Object.entries(en)) {
      expect(holes(fr[key as keyof typeof en]), key).toEqual(holes(text));
    }
  });

  it('are never empty', () => {
    for (const [key, text] of Object.entries(fr)) expect(text.trim(), key).not.toBe('');
  });
});

it('values are put where their names are, and unknown names stay visible', () => {
  expect(filled('{a} of {b}', { a: 1, b: 'x' })).toBe('1 of x');
  expect(filled('{missing}', {})).toBe('{missing}');
});

it('the language is the chosen one, else the first known of the browser, else English', () => {
  expect(chosenLanguage('fr', ['en-GB'])).toBe('fr');
  expect(chosenLanguage('auto', ['de-DE', 'fr-CA', 'en'])).toBe('fr');
  expect(chosenLanguage('auto', ['de-DE'])).toBe('en');
  expect(chosenLanguage('auto', [])).toBe('en');
});
