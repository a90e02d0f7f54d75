/** Which models are loaded, what they take, and when they go by themselves. */

import type { JSX } from 'preact';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { app } from '../app';
import { named, t } from '../i18n';
import type { Known } from '../ros/collections';
import type { ModelStatus } from '../ros/messages';
import { now } from '../state/clock';
import { report } from '../state/notices';
import { Card } from '../ui/card';
import { megabytes, span } from '../ui/format';
import { IDLE_LIMIT_DEFAULT_S, fetchIdleLimit, idleFor } from './idle';

const limits = signal<ReadonlyMap<string, number>>(new Map());

export function ModelsPanel(): JSX.Element {
  const models = [...app().collections.models.all.value.entries()].sort(([a], [b]) =>
    a.localeCompare(b),
  );
  const total = models.reduce((sum, [, { value }]) => sum + value.memory_mb, 0);
  return (
    <Card
      title={t('models.title')}
      icon="model"
      name="models"
      part="models"
      feed={app().robot.models}
      aside={total > 0 ? <span class="chip chip-calm">{megabytes(total)}</span> : null}
    >
      {models.length === 0 ? <p class="empty">{t('models.none')}</p> : null}
      <ul class="models">
        {models.map(([key, known]) => (
          <Model key={key} name={key} known={known} />
        ))}
      </ul>
    </Card>
  );
}

function Model({ name, known }: { name: string; known: Known<ModelStatus> }): JSX.Element {
  const { robot } = app();
  const { value } = known;
  useEffect(() => {
    void fetchIdleLimit(robot, value.owner).then((limit) => {
      limits.value = new Map(limits.value).set(value.owner, limit);
    });
  }, [robot, value.owner]);
  const limit = limits.value.get(value.owner) ?? IDLE_LIMIT_DEFAULT_S;
  const idle = idleFor(known, now.value);
  const isLoaded = value.state === 'ready' || value.state === 'busy';
  const left = Math.max(0, limit - idle);
  return (
    <li class="model" data-state={value.state}>
      <span class="dot" aria-hidden="true" />
      <div>
        <strong>{value.name}</strong>
        <span class="soft">
          {value.owner} · {value.engine} ·{' '}
          {t('models.counts', { loads: value.loads, evictions: value.evictions })}
        </span>
        {value.error ? <span class="bad">{value.error}</span> : null}
      </div>
      <div class="model-state">
        <span>{named('model', value.state)}</span>
        {isLoaded ? <span class="soft">{megabytes(value.memory_mb)}</span> : null}
      </div>
      {isLoaded && value.state === 'ready' ? (
        <div class="model-idle">
          <span class="soft">
            {t('models.idle')} {span(idle)}
            {limit > 0 ? ` · ${t('models.unloadsIn', { time: span(left) })}` : ''}
          </span>
          {limit > 0 ? <progress value={idle} max={limit} aria-label={t('models.idle')} /> : null}
        </div>
      ) : null}
      {isLoaded ? (
        <button
          type="button"
          disabled={value.state === 'busy'}
          aria-label={t('models.unloadLabel', { name: value.name })}
          onClick={() => report(robot.order('models/unload', { name }, 30000))}
        >
          {t('models.unload')}
        </button>
      ) : (
        <button
          type="button"
          disabled={value.state === 'loading'}
          aria-label={t('models.loadLabel', { name: value.name })}
          onClick={() => report(robot.order('models/load', { name }, 120000))}
        >
          {t('models.load')}
        </button>
      )}
    </li>
  );
}
