import { describe, expect, it } from 'vitest';
import { DEFAULTS, parsed } from '../src/state/stored';

describe('stored settings', () => {
  it('are read back as they were', () => {
    const changed = { ...DEFAULTS, theme: 'dark', language: 'fr', intensity: 0.4, mirrored: false };
    expect(parsed(JSON.stringify(changed))).toEqual(changed);
  });

  it('that are missing, broken or no object give the defaults', () => {
    for (const text of [null, '', '{', '3', 'null', '[]']) expect(parsed(text)).toEqual(DEFAULTS);
  });

  it('of a wrong type, an unknown choice or out of range have their default', () => {
    const wrong = {
      theme: 'pink',
      intensity: 7,
      camera: 'yes',
      logLevel: 15,
      picture: 'none',
      unknown: 1,
    };
    expect(parsed(JSON.stringify(wrong))).toEqual(DEFAULTS);
  });
});
