/** The bar that is always in sight: connection, robot, views, stop. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { change } from '../state/settings';
import { number } from '../ui/format';
import { Icon } from '../ui/icons';
import { RobotChoice } from './robot-choice';
import { StopButton } from './stop';
import { shownView, views } from './view';

export function TopBar({ onSettings }: { onSettings: () => void }): JSX.Element {
  return (
    <header class="topbar">
      <Brand />
      <ViewTabs />
      <div class="topbar-state">
        <ConnectionState />
        <RobotChoice />
        <RobotState />
      </div>
      <button
        type="button"
        class="round"
        aria-label={t('settings.open')}
        title={t('settings.open')}
        onClick={onSettings}
      >
        <Icon name="settings" />
      </button>
      <StopButton />
    </header>
  );
}

function Brand(): JSX.Element {
  return (
    <div class="brand">
      <img src="./favicon.svg" alt="" width="32" height="32" />
      <h1>BBIA</h1>
    </div>
  );
}

function ViewTabs(): JSX.Element {
  return (
    <nav class="tabs" aria-label={t('view.nav')}>
      {views.value.map((view) => (
        <button
          key={view}
          type="button"
          aria-current={shownView.value === view ? 'page' : undefined}
          onClick={() => change({ view })}
        >
          <Icon name={view} />
          <span>{t(`view.${view}`)}</span>
        </button>
      ))}
    </nav>
  );
}

function ConnectionState(): JSX.Element {
  const { state, roundTrip, url } = app().link;
  const time = roundTrip.value;
  const milliseconds = time === undefined ? undefined : number(time, time < 10 ? 1 : 0);
  return (
    <span
      class="connection"
      data-state={state.value}
      title={t('link.roundTripTitle', { url: url })}
    >
      <span class="dot" aria-hidden="true" />
      <span class="connection-text" role="status">
        {t(`link.${state.value}`)}
      </span>
      {milliseconds !== undefined ? (
        <span class="round-trip">{t('link.roundTrip', { ms: milliseconds })}</span>
      ) : null}
    </span>
  );
}

function RobotState(): JSX.Element | null {
  const { parts, robot } = app();
  const status = robot.status.value.value;
  if (!status) return null;
  const { source, connected, real_time_factor: factor } = status;
  const isSimulation = source === 'simulation';
  const text = connected
    ? t(isSimulation ? 'robot.simulation' : 'robot.hardware')
    : t('robot.offline');
  const isOffSpeed = isSimulation && factor !== null && Math.abs(factor - 1) > 0.05;
  return (
    <span class="chip" data-bad={!connected}>
      {parts.isReplayed.value ? t('robot.recorded', { what: text }) : text}
      {isOffSpeed ? ` · ${t('robot.speed', { factor: number(factor, 2) })}` : ''}
    </span>
  );
}

/** Banner for a page that shows what was recorded. */
export function ReplayBanner(): JSX.Element | null {
  if (!app().parts.isReplayed.value) return null;
  return (
    <div class="banner" role="status">
      <span>{t('replay.banner')}</span>
    </div>
  );
}

/** Banner for the time without a connection. */
export function LinkBanner(): JSX.Element | null {
  const { state, url, reason } = app().link;
  if (state.value === 'connected') return null;
  return (
    <div class="banner" role="status">
      <span>
        {t(state.value === 'lost' ? 'link.trying' : 'link.never', { url })}{' '}
        {reason.value ? t('link.reason', { reason: reason.value }) : ''}
      </span>
    </div>
  );
}
