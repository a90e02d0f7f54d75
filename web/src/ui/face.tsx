/** A small drawing of the robot's face from the front: its right is on the left of the picture. */

import type { JSX } from 'preact';

/**
 * Degrees; antennas outwards from upright, +roll tips to its right, +pitch down, +yaw left. Antennas
 * that are not known are not drawn.
 */
export interface Expression {
  roll: number;
  pitch: number;
  yaw: number;
  right?: number;
  left?: number;
}

const ANTENNA = 15;

export function Face({ roll, pitch, yaw, right, left }: Expression): JSX.Element {
  const lookX = yaw * 0.22;
  const lookY = pitch * 0.2;
  const hasAntennas = right !== undefined && left !== undefined;
  return (
    <svg class="face" viewBox={hasAntennas ? '0 0 64 64' : '4 20 56 40'} aria-hidden="true">
      <g transform={`translate(0 ${pitch * 0.18}) rotate(${-roll} 32 44)`}>
        {hasAntennas ? (
          <>
            <line class="face-antenna" {...antenna(24, -right)} />
            <line class="face-antenna" {...antenna(40, left)} />
          </>
        ) : null}
        <rect class="face-head" x="12" y="28" width="40" height="25" rx="11" />
        <circle class="face-eye" cx={23.5 + lookX} cy={40 + lookY} r="6.2" />
        <circle class="face-eye" cx={41 + lookX} cy={40 + lookY} r="4.6" />
        <circle class="face-glint" cx={25.5 + lookX} cy={38 + lookY} r="1.5" />
        <circle class="face-glint" cx={42.5 + lookX} cy={38.5 + lookY} r="1.1" />
      </g>
    </svg>
  );
}

/** A line from the head's top at x; the angle counts clockwise from upright. */
function antenna(x: number, degrees: number): Record<'x1' | 'y1' | 'x2' | 'y2', number> {
  const angle = (degrees * Math.PI) / 180;
  return { x1: x, y1: 29, x2: x + ANTENNA * Math.sin(angle), y2: 29 - ANTENNA * Math.cos(angle) };
}
