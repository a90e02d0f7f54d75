/** Which of several robots the page shows; another one is opened under its own address. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { addressOf } from '../ros/fleet';
import { change } from '../state/settings';
import { shownView } from './view';

const ALL = '*';

export function RobotChoice(): JSX.Element | null {
  const { fleet, robot: own } = app();
  if (!fleet.isFleet.value) return null;
  const robots = fleet.robots.value;
  const isOwnThere = robots.some(({ namespace }) => namespace === own.namespace);
  const choose = (value: string): void => {
    if (value === ALL) change({ view: 'fleet' });
    else {
      if (shownView.value === 'fleet') change({ view: 'robot' });
      if (value !== own.namespace) location.assign(addressOf(value, location.search));
    }
  };
  return (
    <select
      class="robot-choice"
      aria-label={t('fleet.choose')}
      value={isOwnThere && shownView.value !== 'fleet' ? own.namespace : ALL}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value={ALL}>{t('fleet.all')}</option>
      {robots.map(({ namespace, name }) => (
        <option key={namespace} value={namespace}>
          {name}
        </option>
      ))}
    </select>
  );
}
