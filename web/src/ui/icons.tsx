/** Line icons, 24 px, drawn in the colour of the text around them. */

import type { JSX } from 'preact';

const PATHS = {
  robot:
    'M9 9 7 3m8 6 2-6M7 9h10a3 3 0 0 1 3 3v4a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4v-4a3 3 0 0 1 3-3Zm2 5h.01M15 14h.01',
  fleet: 'M3 3h8v8H3V3Zm10 0h8v8h-8V3ZM3 13h8v8H3v-8Zm10 0h8v8h-8v-8Z',
  mind: 'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H6a2 2 0 0 1-2-2V6Zm4 3h8M8 12h5',
  system: 'M3 12h4l2.5-7 5 14 2.5-7h4',
  settings: 'M4 7h9m5 0h2M4 17h2m5 0h9M15.5 4.5v5M8.5 14.5v5',
  head: 'M12 3v18M3 12h18M12 3l-2 2m2-2 2 2M12 21l-2-2m2 2 2-2M3 12l2-2m-2 2 2 2M21 12l-2-2m2 2-2 2',
  antennas: 'M9 20 5 4m10 16 4-16M9 20h6',
  body: 'M20 12a8 8 0 1 1-3-6.24M20 3v4h-4',
  heart: 'M12 20S4 15 4 9.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15 12 20 12 20Z',
  play: 'M7 5v14l12-7L7 5Z',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4V8Zm8 8.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z',
  people: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 10c0-4 3.5-6 8-6s8 2 8 6',
  model: 'M12 3 4 7v10l8 4 8-4V7l-8-4Zm0 9L4 7.5M12 12l8-4.5M12 12v9',
  chart: 'M4 4v16h16M8 15l3-4 3 2 5-7',
  check: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-4-9 3 3 5-6',
  log: 'M5 5h14M5 10h14M5 15h9M5 20h11',
  behaviors: 'M12 3l2.5 5.5L20 11l-5.5 2.5L12 19l-2.5-5.5L4 11l5.5-2.5L12 3Z',
  clients: 'M5 12a10 10 0 0 1 14 0M8 15.5a5.5 5.5 0 0 1 8 0M12 19h.01M2 8.5a14.5 14.5 0 0 1 20 0',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1',
  close: 'M6 6l12 12M18 6 6 18',
  processes: 'M4 4h16v6H4V4Zm0 10h16v6H4v-6Zm3-7h.01M7 17h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
