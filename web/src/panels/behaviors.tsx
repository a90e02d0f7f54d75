/** What the robot does by itself: the list that the behavior node gives, and what runs. */

import type { JSX } from 'preact';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { app } from '../app';
import { named, t } from '../i18n';
import type { Goal } from '../ros/calls';
import type { Answer, BehaviorInfo } from '../ros/messages';
import { report } from '../state/notices';
import { Card } from '../ui/card';
import { useFeed } from '../ui/hooks';

const known = signal<BehaviorInfo[]>([]);
const running = signal<Goal<Answer> | undefined>(undefined);

interface Listing {
  success: boolean;
  behaviors: BehaviorInfo[];
}

export function BehaviorsPanel(): JSX.Element {
  const { robot, parts } = app();
  const state = parts.state('behaviors');
  useFeed(robot.behavior);
  useEffect(() => {
    if (state === 'running') report(fetchKnown());
  }, [state]);
  const status = robot.behavior.value.value;
  const isRunning = status !== undefined && status.state !== 'idle';
  return (
    <Card
      title={t('behaviors.title')}
      icon="behaviors"
      name="behaviors"
      part="behaviors"
      feed={robot.behavior}
    >
      <div class="now" role="status">
        <strong>{isRunning ? named('behavior', status.name) : t('behaviors.none')}</strong>
        <span>{isRunning ? status.stage : status?.last_end}</span>
        {isRunning && running.value ? (
          <button type="button" onClick={() => running.value?.cancel()}>
            {t('behaviors.stop')}
          </button>
        ) : null}
        {isRunning && status.progress >= 0 ? <progress value={status.progress} /> : null}
      </div>
      {status && status.queue.length > 0 ? (
        <p class="hint">{t('behaviors.queue', { names: status.queue.join(', ') })}</p>
      ) : null}
      <ul class="list" aria-label={t('behaviors.list')}>
        {known.value.map(({ name, description, available, unavailable_reason }) => (
          <li key={name} data-dim={!available}>
            <strong>{named('behavior', name)}</strong>
            <span>{available ? description : unavailable_reason}</span>
            <button
              type="button"
              disabled={!available}
              aria-label={t('behaviors.start', { name: named('behavior', name) })}
              onClick={() => report(behave(name))}
            >
              {t('behaviors.run')}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

async function fetchKnown(): Promise<void> {
  const listing = await app().robot.call<Listing>('behavior/list', { filter: '' });
  if (listing.success) known.value = listing.behaviors;
}

async function behave(name: string): Promise<void> {
  const goal = app().robot.goal<Answer>('behave', 'Behave', { name, parameters: '', priority: 0 });
  running.value = goal;
  try {
    const { success, message } = await goal.result;
    if (!success && running.value === goal) throw new Error(message);
  } finally {
    if (running.value === goal) running.value = undefined;
  }
}
