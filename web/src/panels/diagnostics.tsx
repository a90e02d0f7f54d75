/** What each part says about itself, the worst first. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import type { Key } from '../i18n';
import { levelOf } from '../ros/levels';
import { now } from '../state/clock';
import { Card } from '../ui/card';

const OLD_MS = 15000;
const STALE = 3;

export function DiagnosticsPanel(): JSX.Element {
  const { collections, robot } = app();
  const entries = [...collections.diagnostics.all.value.values()]
    .map(({ value, receivedAt }) => ({
      ...value,
      level: now.value - receivedAt > OLD_MS ? STALE : Math.min(STALE, levelOf(value.level)),
    }))
    .sort((a, b) => b.level - a.level || a.name.localeCompare(b.name));
  return (
    <Card title={t('diagnostics.title')} icon="check" name="diagnostics" feed={robot.diagnostics}>
      {entries.length === 0 ? <p class="empty">{t('diagnostics.none')}</p> : null}
      <ul class="diagnostics">
        {entries.map(({ name, message, level, values }) => (
          <li key={name}>
            <details>
              <summary data-level={level}>
                <span class="dot" aria-hidden="true" />
                <span class="level">{t(`diagnostics.${level}` as Key)}</span>
                <strong>{name}</strong>
                <span class="soft">{message}</span>
              </summary>
              <dl>
                {values.map(({ key, value }) => (
                  <div key={key}>
                    <dt>{key}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
            </details>
          </li>
        ))}
      </ul>
    </Card>
  );
}
