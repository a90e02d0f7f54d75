/** Choosing a language and filling in texts, without any state. */

export type Language = 'en' | 'fr';

/** Returns the language for a setting and the languages that the browser prefers, best first. */
export function chosenLanguage(setting: string, preferred: readonly string[]): Language {
  if (setting === 'en' || setting === 'fr') return setting;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'fr') return base;
  }
  return 'en';
}

/** Returns a text with each {name} replaced by its value; a name without one stays. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
