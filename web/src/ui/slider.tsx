/** A range input that is held: `onHold` while it moves, `onRelease` when it is let go. */

import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words. */
  text: string;
  disabled?: boolean;
  onHold: (value: number) => void;
  /** `after`: ms for which the last value still has to be sent (a key was tapped). */
  onRelease?: (after: number) => void;
}

const KEY_LINGER_MS = 400;

export function Slider(props: SliderProps): JSX.Element {
  const { label, value, min, max, step, text, disabled, onHold, onRelease } = props;
  const id = useId();
  const byPointer = useRef(false);
  const share = ((Math.min(max, Math.max(min, value)) - min) / (max - min)) * 100;
  const released = (after: number): void => {
    byPointer.current = false;
    onRelease?.(after);
  };
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id}>{text}</output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        aria-valuetext={text}
        style={{ '--share': `${share}%` }}
        onPointerDown={() => (byPointer.current = true)}
        onInput={(event) => {
          onHold(Number(event.currentTarget.value));
          if (!byPointer.current) released(KEY_LINGER_MS);
        }}
        onPointerUp={() => released(0)}
        onPointerCancel={() => released(0)}
        onBlur={() => released(0)}
      />
    </div>
  );
}
