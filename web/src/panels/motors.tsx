/** Motors on, soft or off; off asks once more, because the head sinks. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { Motors } from '../ros/messages';
import { report } from '../state/notices';

const MOTORS: readonly Motors[] = ['on', 'compliant', 'off'];
const CONFIRM_MS = 4000;

export function MotorSwitch(): JSX.Element | null {
  const { robot, link, parts } = app();
  const [isAsking, setAsking] = useState(false);
  const motors = robot.status.value.value?.motors;
  if (!motors) return null;
  const set = (mode: Motors): void => {
    if (mode === 'off' && !isAsking && motors !== 'off') {
      setAsking(true);
      setTimeout(() => setAsking(false), CONFIRM_MS);
      return;
    }
    setAsking(false);
    report(robot.order('set_motors', { mode }));
  };
  return (
    <span class="motors" role="group" aria-label={t('robot.motors')}>
      <span class="soft" aria-hidden="true">
        {t('robot.motors')}
      </span>
      {MOTORS.map((mode) => (
        <button
          key={mode}
          type="button"
          disabled={!link.connected.value || parts.isReplayed.value}
          aria-pressed={motors === mode}
          title={mode === 'compliant' ? t('robot.motors.compliantHint') : undefined}
          onClick={() => set(mode)}
        >
          {t(`robot.motors.${mode}`)}
        </button>
      ))}
      {isAsking ? (
        <span class="motors-sure" role="alert">
          {t('robot.motors.offSure')}
        </span>
      ) : null}
    </span>
  );
}
