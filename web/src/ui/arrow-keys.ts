/** Arrow keys on a pad or dial: steps while pressed, a release when the key comes up. */

import type { KeyboardEventHandler } from 'preact';

export interface Steps {
  right: number;
  up: number;
}

const DIRECTIONS: Readonly<Record<string, Steps>> = {
  ArrowRight: { right: 1, up: 0 },
  ArrowLeft: { right: -1, up: 0 },
  ArrowUp: { right: 0, up: 1 },
  ArrowDown: { right: 0, up: -1 },
};
const FAR = 4;

interface KeyHandlers {
  onKeyDown: KeyboardEventHandler<Element>;
  onKeyUp: KeyboardEventHandler<Element>;
  onBlur: () => void;
}

export function arrowKeys(
  onStep: (steps: Steps) => void,
  onHome: () => void,
  onRelease: () => void,
): KeyHandlers {
  return {
    onKeyDown: (event) => {
      const direction = DIRECTIONS[event.key];
      if (direction) {
        const factor = event.shiftKey ? FAR : 1;
        onStep({ right: direction.right * factor, up: direction.up * factor });
      } else if (event.key === 'Home') {
        onHome();
      } else {
        return;
      }
      event.preventDefault();
    },
    onKeyUp: (event) => {
      if (event.key in DIRECTIONS || event.key === 'Home') onRelease();
    },
    onBlur: onRelease,
  };
}
