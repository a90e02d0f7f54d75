/** The emergency stop button, its keys, and the banner while the robot is stopped. */

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import { report } from '../state/notices';

/** Where the space bar has a meaning of its own. */
const USES_SPACE = 'input, textarea, select, button, a, summary, [contenteditable]';

/** Escape stops everywhere; the space bar where it does not write or press something. */
function isStopKey(event: KeyboardEvent): boolean {
  if (event.key === 'Escape') return true;
  if (event.key !== ' ' || event.repeat) return false;
  return !(event.target instanceof Element && event.target.closest(USES_SPACE));
}

export function useStopKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!isStopKey(event)) return;
      app().stop.press();
      if (event.key === ' ') event.preventDefault();
    };
    addEventListener('keydown', listen, { capture: true });
    return () => removeEventListener('keydown', listen, { capture: true });
  }, []);
}

export function StopButton(): JSX.Element {
  const { stop } = app();
  const delivery = stop.delivery.value;
  const text = delivery === 'sending' ? 'stop.sending' : 'stop.button';
  return (
    <button
      type="button"
      class="stop"
      aria-label={t('stop.label')}
      aria-keyshortcuts="Escape Space"
      data-delivery={delivery}
      data-stopped={stop.isStopped.value}
      onPointerDown={(event) => {
        if (event.button === 0) stop.press(); // already when pressed, not when let go
      }}
      onClick={(event) => {
        if (event.detail === 0) stop.press(); // by keyboard or screen reader
      }}
    >
      <span class="stop-sign" aria-hidden="true" />
      <span class="stop-text">{t(text)}</span>
      <kbd aria-hidden="true">{t('stop.key')}</kbd>
    </button>
  );
}

export function StopBanner(): JSX.Element | null {
  const { stop } = app();
  if (stop.delivery.value === 'undelivered') {
    return (
      <div class="banner banner-bad" role="alert">
        <span>{t('stop.undelivered')}</span>
        <button type="button" onClick={() => stop.forget()}>
          {t('stop.forget')}
        </button>
      </div>
    );
  }
  if (!stop.isStopped.value) return null;
  return (
    <div class="banner banner-stopped" role="alert">
      <span>{t('stop.stopped')}</span>
      <button type="button" class="rearm" onClick={() => report(stop.rearm())}>
        {t('stop.rearm')}
      </button>
    </div>
  );
}
