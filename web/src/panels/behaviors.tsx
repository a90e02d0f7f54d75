/** What the robot does by itself: what runs, and the behaviors that can be started. */

import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { app } from '../app';
import { named, t } from '../i18n';
import type { BehaviorInfo, BehaviorStatus } from '../ros/messages';
import { report } from '../state/notices';
import { Card } from '../ui/card';
import { useFeed, useVisible } from '../ui/hooks';
import { fieldsOf } from '../ui/fields';
import { BehaviorForm } from './behavior-form';

// A part that comes or goes makes behaviors available or not.
const REFRESH_MS = 5000;
const IDLE_LIFE = 'idle_life';

export function BehaviorsPanel(): JSX.Element {
  const { robot } = app();
  useFeed(robot.behavior);
  const status = robot.behavior.value.value;
  return (
    <Card
      title={t('behaviors.title')}
      icon="behaviors"
      name="behaviors"
      part="behaviors"
      feed={robot.behavior}
    >
      <Now status={status} />
      <Known version={status?.last_end ?? ''} />
    </Card>
  );
}

function Now({ status }: { status: BehaviorStatus | undefined }): JSX.Element {
  const isRunning = status !== undefined && status.state !== 'idle';
  return (
    <div class="now" data-name="now">
      <strong role="status">
        {isRunning ? named('behavior', status.name) : t('behaviors.none')}
      </strong>
      {isRunning ? <Course status={status} /> : null}
      {status && status.queue.length > 0 ? (
        <span>
          {t('behaviors.queue', {
            names: status.queue.map((name) => named('behavior', name)).join(', '),
          })}
        </span>
      ) : null}
      {status?.last_end ? <span>{t('behaviors.lastEnd', { how: status.last_end })}</span> : null}
    </div>
  );
}

/** How far a behavior is, and its end; idle life has none. */
function Course({ status }: { status: BehaviorStatus }): JSX.Element {
  const { state, name, stage, progress } = status;
  if (name === IDLE_LIFE) return <span>{stage}</span>;
  return (
    <>
      <span>{stage}</span>
      <progress
        value={progress >= 0 ? progress : undefined}
        aria-label={t('behaviors.progress', { name: named('behavior', name) })}
      />
      <button type="button" disabled={state === 'cancelling'} onClick={() => report(stopped(name))}>
        {t(state === 'cancelling' ? 'behaviors.ending' : 'behaviors.stop')}
      </button>
    </>
  );
}

async function stopped(name: string): Promise<void> {
  if (!(await app().behaving.stop(name))) {
    throw new Error(t('behaviors.ownEnd', { name: named('behavior', name) }));
  }
}

/** A new `version` has the list asked for anew. */
function Known({ version }: { version: string }): JSX.Element {
  const { behaving, parts } = app();
  const frame = useRef<HTMLDivElement>(null);
  const isAsking = useVisible(frame) && parts.state('behaviors') === 'running';
  useEffect(() => {
    if (!isAsking) return undefined;
    report(behaving.refresh());
    const timer = setInterval(() => report(behaving.refresh()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isAsking, version]);
  const known = behaving.known.value;
  const able = known?.filter(({ available }) => available) ?? [];
  const unable = known?.filter(({ available }) => !available) ?? [];
  const title = known
    ? t('behaviors.available', { count: able.length })
    : t('behaviors.notAsked');
  return (
    <div ref={frame} class="known">
      <Group title={title} behaviors={able} />
      {unable.length > 0 ? (
        <Group title={t('behaviors.unavailable', { count: unable.length })} behaviors={unable} />
      ) : null}
    </div>
  );
}

function Group({ title, behaviors }: { title: string; behaviors: BehaviorInfo[] }): JSX.Element {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul class="behaviors">
        {behaviors.map((info) => (
          <Row key={info.name} info={info} />
        ))}
      </ul>
    </section>
  );
}

function Row({ info }: { info: BehaviorInfo }): JSX.Element {
  const { name, description, available, unavailable_reason } = info;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const fields = fieldsOf(info.parameters);
  const shown = { name: named('behavior', name) };
  const mustAsk = fields.some(({ required, initial }) => required && initial === '');
  const start = (): void => {
    if (mustAsk) setOpen(true);
    else report(app().behaving.run(name, {}));
  };
  return (
    <li class="behavior" data-behavior={name} data-available={available}>
      <div class="behavior-text">
        <strong>{shown.name}</strong>
        <span class="soft">{description}</span>
        {available ? null : <span class="behavior-reason">{unavailable_reason}</span>}
      </div>
      {available ? (
        <div class="behavior-orders">
          {fields.length > 0 ? (
            <button
              type="button"
              class="quiet"
              aria-expanded={isOpen}
              aria-controls={id}
              aria-label={t('behaviors.optionsLabel', shown)}
              onClick={() => setOpen(!isOpen)}
            >
              {t('behaviors.options')}
            </button>
          ) : null}
          {isOpen ? null : (
            <button type="button" aria-label={t('behaviors.start', shown)} onClick={start}>
              {t('behaviors.run')}
            </button>
          )}
        </div>
      ) : null}
      {isOpen && available ? (
        <div id={id} class="behavior-form">
          <BehaviorForm name={name} fields={fields} onDone={() => setOpen(false)} />
        </div>
      ) : null}
    </li>
  );
}
