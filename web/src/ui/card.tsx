/** The frame of every panel: title, what is missing, how old the data is. */

import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { Aged } from '../ros/feed';
import { PARTS } from '../ros/parts';
import type { Part } from '../ros/parts';
import { now } from '../state/clock';
import { span } from './format';
import { Icon } from './icons';
import type { IconName } from './icons';

interface CardProps {
  title: string;
  icon: IconName;
  /** Name of the panel, for style and tests. */
  name: string;
  /** The part of the stack without which this panel has nothing to do. */
  part?: Part;
  /** The topic whose age says whether the panel is out of date. */
  feed?: Aged;
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Card({ title, icon, name, part, feed, aside, children }: CardProps): JSX.Element {
  const id = useId();
  const isAbsent = part !== undefined && isMissing(part, feed);
  const age = staleFor(feed);
  return (
    <section
      class={`card panel-${name}`}
      aria-labelledby={id}
      data-panel={name}
      data-absent={isAbsent}
      data-stale={age !== undefined}
    >
      <header class="card-head">
        <Icon name={icon} />
        <h2 id={id}>{title}</h2>
        {isAbsent ? <span class="chip">{t('part.notRunning')}</span> : null}
        {!isAbsent && age !== undefined ? <span class="chip chip-warn">{age}</span> : null}
        <div class="card-aside">{aside}</div>
      </header>
      {isAbsent ? <p class="absent">{t(`part.${part}`)}</p> : null}
      <div class="card-body">{children}</div>
    </section>
  );
}

/**
 * Data that arrives is proof that a part runs, whatever the graph says; but that of a recording does
 * not make anything move.
 */
function isMissing(part: Part, feed: Aged | undefined): boolean {
  const { link, parts } = app();
  if (!link.connected.value) return false;
  if (parts.state(part) !== 'absent') return false;
  if (parts.isReplayed.value && PARTS[part].kind === 'action') return true;
  return feed?.freshnessAt(now.value) !== 'fresh';
}

function staleFor(feed: Aged | undefined): string | undefined {
  if (!feed || feed.freshnessAt(now.value) !== 'stale') {
    return app().link.state.value === 'lost' ? t('fresh.offline') : undefined;
  }
  const seconds = (now.value - (feed.receivedAt ?? now.value)) / 1000;
  return t('fresh.stale', { age: span(seconds) });
}
