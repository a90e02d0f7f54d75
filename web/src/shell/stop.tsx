/**
 * The emergency stop button, its keys, and the banners. The stop is that of the robot that the page
 * shows, or of all robots where it shows all.
 */

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import { report } from '../state/notices';
import { shownView } from './view';

/** Where the space bar has a meaning of its own. */
const USES_SPACE = 'input, textarea, select, button, a, summary, [contenteditable]';

/** Escape stops everywhere; the space bar where it does not write or press something. */
function isStopKey(event: KeyboardEvent): boolean {
  if (event.key === 'Escape') return true;
  if (event.key !== ' ' || event.repeat) return false;
  return !(event.target instanceof Element && event.target.closest(USES_SPACE));
}

function press(): void {
  const { fleet, stop, teleoperation } = app();
  if (shownView.value !== 'fleet') {
    stop.press();
    return;
  }
  teleoperation.releaseAll();
  fleet.stopAll();
}

export function useStopKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!isStopKey(event)) return;
      press();
      if (event.key === ' ') event.preventDefault();
    };
    addEventListener('keydown', listen, { capture: true });
    return () => removeEventListener('keydown', listen, { capture: true });
  }, []);
}

export function StopButton(): JSX.Element {
  const { fleet, stop } = app();
  const isForAll = shownView.value === 'fleet';
  const ownDelivery = stop.delivery.value;
  const delivery = isForAll ? (fleet.isStopping.value ? 'sending' : 'idle') : ownDelivery;
  const text = isForAll ? 'fleet.stop' : 'stop.button';
  return (
    <button
      type="button"
      class="stop"
      aria-label={t(isForAll ? 'fleet.stopLabel' : 'stop.label')}
      aria-keyshortcuts="Escape Space"
      data-delivery={delivery}
      data-stopped={!isForAll && stop.isStopped.value}
      onPointerDown={(event) => {
        if (event.button === 0) press(); // already when pressed, not when let go
      }}
      onClick={(event) => {
        if (event.detail === 0) press(); // by keyboard or screen reader
      }}
    >
      <span class="stop-sign" aria-hidden="true" />
      <span class="stop-text">{t(delivery === 'sending' ? 'stop.sending' : text)}</span>
      <kbd aria-hidden="true">{t('stop.key')}</kbd>
    </button>
  );
}

export function StopBanner(): JSX.Element | null {
  const { parts, stop } = app();
  if (stop.isFailing.value) {
    return (
      <div class="banner banner-bad" role="alert">
        <span>{t('stop.undelivered')}</span>
        <button type="button" onClick={() => stop.forget()}>
          {t('stop.forget')}
        </button>
      </div>
    );
  }
  if (!stop.isStopped.value || parts.isReplayed.value) return null;
  return (
    <div class="banner banner-stopped" role="alert">
      <span>{t('stop.stopped')}</span>
      <button type="button" class="rearm" onClick={() => report(stop.rearm())}>
        {t('stop.rearm')}
      </button>
    </div>
  );
}

/** Banner for robots that a stop of all has not reached. */
export function FleetStopBanner(): JSX.Element | null {
  const { fleet } = app();
  const names = fleet.notStopped.value;
  if (names.length === 0) return null;
  return (
    <div class="banner banner-bad" role="alert">
      <span>{t('fleet.undelivered', { names: names.join(', ') })}</span>
      <button type="button" onClick={() => fleet.forgetStops()}>
        {t('stop.forget')}
      </button>
    </div>
  );
}
