/** Antennas and body as dials: drag the tips of the antennas, turn the body seen from above. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { DEGREE, wrapped } from '../maths/pose';
import { NEUTRAL, RANGES } from '../ros/axes';
import { change, settings } from '../state/settings';
import { arrowKeys } from '../ui/arrow-keys';
import { Card } from '../ui/card';
import { useDrag } from '../ui/drag';
import type { Place } from '../ui/drag';
import { degrees } from '../ui/format';

const KEY_STEP = 4 * DEGREE;
/** Size of the dials' drawings. */
const [WIDTH, HEIGHT] = [100, 116];
type Side = 'left' | 'right';

export function BodyPanel(): JSX.Element {
  const linked = settings.value.linkedAntennas;
  // Seen from the front, the robot's right antenna stands on the left.
  const order: Side[] = settings.value.mirrored ? ['right', 'left'] : ['left', 'right'];
  return (
    <Card
      title={t('body.title')}
      icon="antennas"
      name="body"
      part="motion"
      feed={app().robot.joints}
      aside={
        <button
          type="button"
          class="quiet"
          aria-pressed={linked}
          onClick={() => change({ linkedAntennas: !linked })}
        >
          <span class="tick" aria-hidden="true" />
          {t('antennas.link')}
        </button>
      }
    >
      <div class="dials">
        <Antenna side={order[0] as Side} outwardsIs={-1} />
        <Antenna side={order[1] as Side} outwardsIs={1} />
        <BodyDial />
      </div>
    </Card>
  );
}

/** `outwardsIs`: 1 when outwards from upright is to the right on the screen. */
function Antenna({ side, outwardsIs }: { side: Side; outwardsIs: 1 | -1 }): JSX.Element {
  const { teleoperation } = app();
  const angle = teleoperation.shown.value[side];
  const set = (value: number): void => {
    const both = settings.value.linkedAntennas;
    teleoperation.hold('antennas', both ? { left: value, right: value } : { [side]: value });
  };
  const release = (): void => teleoperation.release('antennas');
  const drag = useDrag(({ x, y }) => set(angleAt({ x, y }, 50, 60) * outwardsIs), release);
  const keys = arrowKeys(
    ({ right, up }) => set(teleoperation.shown.value[side] + (right * outwardsIs - up) * KEY_STEP),
    () => set(NEUTRAL[side]),
    release,
  );
  const turn = (angle / DEGREE) * outwardsIs;
  return (
    <svg
      class="dial dial-antenna"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="slider"
      tabIndex={0}
      aria-label={t(`antennas.${side}Label`)}
      aria-valuemin={RANGES[side][0] / DEGREE}
      aria-valuemax={RANGES[side][1] / DEGREE}
      aria-valuenow={Math.round(angle / DEGREE)}
      aria-valuetext={degrees(angle)}
      data-held={teleoperation.held.value.has('antennas')}
      {...drag}
      {...keys}
    >
      <circle class="dial-track" cx="50" cy="60" r="36" />
      <path class="dial-base" d="M32 84 a18 14 0 0 1 36 0 Z" />
      <g transform={`rotate(${turn} 50 60)`}>
        <line class="dial-hand" x1="50" y1="60" x2="50" y2="27" />
        <circle class="dial-knob" cx="50" cy="24" r="8" />
      </g>
      <circle class="dial-pivot" cx="50" cy="60" r="4" />
      <text class="dial-value" x="50" y="110">
        {t(`antennas.${side}`)} {degrees(angle)}
      </text>
    </svg>
  );
}

/** The robot seen from above. Mirrored, its front points down, towards the person. */
function BodyDial(): JSX.Element {
  const { teleoperation } = app();
  const mirrored = settings.value.mirrored;
  const { body, yaw } = teleoperation.shown.value;
  const set = (value: number): void => {
    teleoperation.hold('body', { body: value });
  };
  const release = (): void => teleoperation.release('body');
  const drag = useDrag((place) => {
    const clockwise = angleAt(place, 50, 50);
    set(mirrored ? wrapped(Math.PI - clockwise) : -clockwise);
  }, release);
  const keys = arrowKeys(
    ({ right, up }) =>
      set(teleoperation.shown.value.body + (mirrored ? right : -right) * KEY_STEP + up * KEY_STEP),
    () => set(NEUTRAL.body),
    release,
  );
  const turned = (angle: number): string => {
    const onScreen = -angle / DEGREE + (mirrored ? 180 : 0);
    return `rotate(${onScreen} 50 50)`;
  };
  return (
    <svg
      class="dial dial-body"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="slider"
      tabIndex={0}
      aria-label={t('body.dialLabel')}
      aria-valuemin={RANGES.body[0] / DEGREE}
      aria-valuemax={RANGES.body[1] / DEGREE}
      aria-valuenow={Math.round(body / DEGREE)}
      aria-valuetext={degrees(body)}
      data-held={teleoperation.held.value.has('body')}
      {...drag}
      {...keys}
    >
      <circle class="dial-track" cx="50" cy="50" r="40" />
      <g transform={turned(body)}>
        <circle class="dial-base" cx="50" cy="50" r="22" />
        <line class="dial-hand" x1="50" y1="30" x2="50" y2="14" />
        <circle class="dial-knob" cx="50" cy="11" r="8" />
      </g>
      <g transform={turned(body + yaw)}>
        <rect class="dial-head" x="34" y="38" width="32" height="20" rx="9" />
        <circle class="face-eye" cx="43" cy="41" r="3.2" />
        <circle class="face-eye" cx="57" cy="41" r="2.4" />
      </g>
      <text class="dial-value" x="50" y="110">
        {t('body.dial')} {degrees(body)}
      </text>
    </svg>
  );
}

/** The angle of a place about a centre in the drawing: clockwise from upright, rad. */
function angleAt({ x, y }: Place, centreX: number, centreY: number): number {
  return Math.atan2(x * WIDTH - centreX, centreY - y * HEIGHT);
}
