/** What the page remembers, and reading it back: whatever is stored, what comes out is valid. */

export type Theme = 'auto' | 'dark' | 'light';
export type LanguageChoice = 'auto' | 'en' | 'fr';
export type View = 'robot' | 'mind' | 'system' | 'fleet';
/** The plain picture of the camera, or the one that shows what was found in it. */
export type Picture = 'camera' | 'sight';

export interface Settings {
  theme: Theme;
  language: LanguageChoice;
  view: View;
  /** WebSocket address of the rosbridge server; '': where the page's own server says. */
  address: string;
  namespace: string;
  /** What a bridge that can be reached from other computers asks for; '': nothing. */
  token: string;
  /** Pads are drawn as seen when facing the robot, not as the robot sees. */
  mirrored: boolean;
  linkedAntennas: boolean;
  intensity: number;
  camera: boolean;
  picture: Picture;
  /** Show who is in sight, even where no such picture is shown. */
  watching: boolean;
  logLevel: number;
}

export const DEFAULTS: Settings = {
  theme: 'auto',
  language: 'auto',
  view: 'robot',
  address: '',
  namespace: '',
  token: '',
  mirrored: true,
  linkedAntennas: true,
  intensity: 1,
  camera: true,
  picture: 'camera',
  watching: false,
  logLevel: 20,
};

const CHOICES: { [K in keyof Settings]?: readonly Settings[K][] } = {
  theme: ['auto', 'dark', 'light'],
  language: ['auto', 'en', 'fr'],
  view: ['robot', 'mind', 'system', 'fleet'],
  picture: ['camera', 'sight'],
  logLevel: [10, 20, 30, 40],
};

/** Returns settings from stored text; what is missing or wrong has its default. */
export function parsed(text: string | null): Settings {
  const result = { ...DEFAULTS };
  for (const [key, value] of Object.entries(object(text))) {
    if (!(key in DEFAULTS)) continue;
    const name = key as keyof Settings;
    if (typeof value !== typeof DEFAULTS[name]) continue;
    const choices = CHOICES[name] as readonly unknown[] | undefined;
    if (choices && !choices.includes(value)) continue;
    if (name === 'intensity' && !(Number(value) >= 0 && Number(value) <= 1)) continue;
    Object.assign(result, { [name]: value });
  }
  return result;
}

function object(text: string | null): object {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
