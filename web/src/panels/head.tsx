/** Where the head looks: a pad for pitch and yaw, sliders for height and tilt. */

import type { CSSProperties, JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { DEGREE } from '../maths/pose';
import { NEUTRAL, RANGES } from '../ros/axes';
import { report } from '../state/notices';
import { change, settings } from '../state/settings';
import { arrowKeys } from '../ui/arrow-keys';
import { Card } from '../ui/card';
import { useDrag } from '../ui/drag';
import { degrees, direction, number } from '../ui/format';
import { Slider } from '../ui/slider';
import { goHome, lookAround } from './gestures';

const KEY_STEP = 2 * DEGREE;
const [, YAW_MAX] = RANGES.yaw;
const [, PITCH_MAX] = RANGES.pitch;

export function HeadPanel(): JSX.Element {
  const { robot, teleoperation } = app();
  const shown = teleoperation.shown.value;
  const mirrored = settings.value.mirrored;
  const clipped = robot.motion.value.value?.clipped ?? [];
  return (
    <Card
      title={t('look.title')}
      icon="head"
      name="head"
      part="motion"
      feed={robot.headPose}
      aside={
        <button
          type="button"
          class="quiet"
          aria-pressed={mirrored}
          onClick={() => change({ mirrored: !mirrored })}
        >
          {t(mirrored ? 'look.mirror' : 'look.mirrorOff')}
        </button>
      }
    >
      <HeadPad />
      <p class="hint" aria-live="polite">
        {clipped.length > 0 ? t('look.clipped', { what: clipped.join('; ') }) : t('look.hint')}
      </p>
      <div class="row">
        <button type="button" onClick={() => report(lookAround())}>
          {t('look.around')}
        </button>
        <button type="button" onClick={() => report(goHome())}>
          {t('look.center')}
        </button>
      </div>
      <div class="sliders">
        <Slider
          label={t('look.height')}
          text={t('unit.millimetres', { n: number(shown.height * 1000) })}
          value={shown.height * 1000}
          min={RANGES.height[0] * 1000}
          max={RANGES.height[1] * 1000}
          step={1}
          onHold={(value) => teleoperation.hold('head', { height: value / 1000 })}
          onRelease={(after) => teleoperation.release('head', after)}
        />
        <Slider
          label={t('look.roll')}
          text={degrees(shown.roll)}
          value={shown.roll / DEGREE}
          min={RANGES.roll[0] / DEGREE}
          max={RANGES.roll[1] / DEGREE}
          step={1}
          onHold={(value) => teleoperation.hold('head', { roll: value * DEGREE })}
          onRelease={(after) => teleoperation.release('head', after)}
        />
      </div>
    </Card>
  );
}

function HeadPad(): JSX.Element {
  const { teleoperation } = app();
  // Facing the robot, its left is on the right.
  const side = settings.value.mirrored ? 1 : -1;
  const { yaw, pitch } = teleoperation.shown.value;
  const measured = teleoperation.measured.value;
  const isHeld = teleoperation.held.value.has('head');
  const percent = (axisYaw: number, axisPitch: number): CSSProperties => ({
    left: `${50 + (side * axisYaw * 50) / YAW_MAX}%`,
    top: `${50 + (axisPitch * 50) / PITCH_MAX}%`,
  });
  const drag = useDrag(
    ({ x, y }) =>
      teleoperation.hold('head', {
        yaw: side * (x - 0.5) * 2 * YAW_MAX,
        pitch: (y - 0.5) * 2 * PITCH_MAX,
      }),
    () => teleoperation.release('head'),
  );
  const keys = arrowKeys(
    ({ right, up }) => {
      const now = teleoperation.shown.value;
      teleoperation.hold('head', {
        yaw: now.yaw + side * right * KEY_STEP,
        pitch: now.pitch - up * KEY_STEP,
      });
    },
    () => teleoperation.hold('head', { yaw: NEUTRAL.yaw, pitch: NEUTRAL.pitch }),
    () => teleoperation.release('head'),
  );
  return (
    <div
      class="pad"
      role="slider"
      tabIndex={0}
      aria-label={t('look.pad')}
      aria-valuemin={RANGES.yaw[0] / DEGREE}
      aria-valuemax={RANGES.yaw[1] / DEGREE}
      aria-valuenow={Math.round(yaw / DEGREE)}
      aria-valuetext={direction(yaw, pitch)}
      data-held={isHeld}
      {...drag}
      {...keys}
    >
      <span class="pad-side pad-side-left">{t(side > 0 ? 'look.itsRight' : 'look.itsLeft')}</span>
      <span class="pad-side pad-side-right">{t(side > 0 ? 'look.itsLeft' : 'look.itsRight')}</span>
      {isHeld && measured ? (
        <span class="pad-ghost" style={percent(measured.yaw, measured.pitch)} />
      ) : null}
      <span class="pad-knob" style={percent(yaw, pitch)}>
        <span class="pad-eye" />
        <span class="pad-eye pad-eye-small" />
      </span>
    </div>
  );
}
