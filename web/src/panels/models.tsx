/** Which models are loaded, what they take, and when they go by themselves. */

import type { JSX } from 'preact';
import { app } from '../app';
import { named, t } from '../i18n';
import type { Known } from '../ros/collections';
import type { ModelStatus } from '../ros/messages';
import { now } from '../state/clock';
import { report } from '../state/notices';
import { Card } from '../ui/card';
import { megabytes, number, span } from '../ui/format';
import { ageOf, idleFor, idleLeft, isSilent } from './idle';

// Loading may fetch the weights first. The monitor gives up earlier when the owner falls silent.
const LOAD_TIMEOUT_MS = 900_000;
const UNLOAD_TIMEOUT_MS = 30_000;

interface ModelProps {
  /** `owner/name`. */
  name: string;
  known: Known<ModelStatus>;
}

export function ModelsPanel(): JSX.Element {
  const models = [...app().collections.models.all.value.entries()].sort(([a], [b]) =>
    a.localeCompare(b),
  );
  const heard = models.filter(([, known]) => !isSilent(known, now.value));
  const total = heard.reduce((sum, [, { value }]) => sum + value.memory_mb, 0);
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

function Model({ name, known }: ModelProps): JSX.Element {
  const { value } = known;
  const silent = isSilent(known, now.value);
  const isLoaded = value.state === 'ready' || value.state === 'busy';
  const device = isLoaded && value.device ? ` · ${value.device}` : '';
  return (
    <li class="model" data-state={silent ? 'silent' : value.state}>
      <span class="dot" aria-hidden="true" />
      <div>
        <strong>{value.name}</strong>
        <span class="soft">
          {value.owner} · {value.engine}
          {device} · {t('models.counts', { loads: value.loads, evictions: value.evictions })}
        </span>
        {value.error ? <span class="bad">{value.error}</span> : null}
      </div>
      <div class="model-state">
        <span>{named('model', silent ? 'silent' : value.state)}</span>
        {isLoaded && !silent ? <span class="soft">{megabytes(value.memory_mb)}</span> : null}
      </div>
      <Course known={known} silent={silent} />
      <Order name={name} value={value} silent={silent} />
    </li>
  );
}

/** What happens to the model by itself: it is being loaded, or it will be unloaded. */
function Course({ known, silent }: { known: Known<ModelStatus>; silent: boolean }): JSX.Element {
  const { value } = known;
  if (silent) {
    const time = span(ageOf(known, now.value));
    return <div class="model-course soft">{t('models.silent', { time })}</div>;
  }
  if (value.state === 'loading') {
    const share = value.progress >= 0 ? value.progress : undefined;
    const percent = share === undefined ? '' : t('unit.percent', { n: number(share * 100) });
    return (
      <div class="model-course">
        <span class="soft">{[value.stage, percent].filter(Boolean).join(' · ')}</span>
        <progress value={share} aria-label={t('models.loadingLabel', { name: value.name })} />
      </div>
    );
  }
  if (value.state !== 'ready') return <></>;
  const idle = idleFor(known, now.value);
  const left = idleLeft(known, now.value);
  const end =
    left === undefined
      ? t(value.pinned ? 'models.pinned' : 'models.stays')
      : t('models.unloadsIn', { time: span(left) });
  return (
    <div class="model-course">
      <span class="soft">
        {t('models.idle')} {span(idle)} · {end}
      </span>
      {left === undefined ? null : (
        <progress value={idle} max={idle + left || 1} aria-label={t('models.idle')} />
      )}
    </div>
  );
}

interface OrderProps {
  name: string;
  value: ModelStatus;
  silent: boolean;
}

function Order({ name, value, silent }: OrderProps): JSX.Element {
  const { robot } = app();
  const shown = { name: value.name };
  return value.state === 'ready' || value.state === 'busy' ? (
    <button
      type="button"
      disabled={silent || value.state === 'busy'}
      aria-label={t('models.unloadLabel', shown)}
      onClick={() => report(robot.order('models/unload', { name }, UNLOAD_TIMEOUT_MS))}
    >
      {t('models.unload')}
    </button>
  ) : (
    <button
      type="button"
      disabled={silent || value.state === 'loading'}
      aria-label={t('models.loadLabel', shown)}
      onClick={() => report(robot.order('models/load', { name }, LOAD_TIMEOUT_MS))}
    >
      {t('models.load')}
    </button>
  );
}
