/** The log of all nodes, newest last, filtered by level and words. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { app } from '../app';
import { language, t } from '../i18n';
import type { Key } from '../i18n';
import type { LogEntry } from '../ros/collections';
import { change, settings } from '../state/settings';
import { Card } from '../ui/card';

const LEVELS = [10, 20, 30, 40] as const;
const MAX_SHOWN = 200;

export function LogPanel(): JSX.Element {
  const [search, setSearch] = useState('');
  const [frozen, setFrozen] = useState<LogEntry[] | undefined>(undefined);
  const list = useRef<HTMLOListElement>(null);
  const all = app().collections.log.value;
  const shown = (frozen ?? all).filter((entry) => matches(entry, search)).slice(-MAX_SHOWN);
  useEffect(() => {
    if (list.current && !frozen) list.current.scrollTop = list.current.scrollHeight;
  }, [shown.at(-1)?.id, frozen]);
  return (
    <Card
      title={t('log.title')}
      icon="log"
      name="log"
      aside={
        <button type="button" class="quiet" onClick={() => setFrozen(frozen ? undefined : all)}>
          {t(frozen ? 'log.resume' : 'log.pause')}
        </button>
      }
    >
      <div class="row">
        <label>
          <span class="soft">{t('log.level')}</span>
          <select
            value={settings.value.logLevel}
            onChange={(event) => change({ logLevel: Number(event.currentTarget.value) })}
          >
            {LEVELS.map((level) => (
              <option key={level} value={level}>
                {t(`log.${level}`)}
              </option>
            ))}
          </select>
        </label>
        <input
          type="search"
          value={search}
          placeholder={t('log.search')}
          aria-label={t('log.search')}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ol class="log" ref={list} tabIndex={0} aria-label={t('log.title')}>
        {shown.length === 0 ? <li class="empty">{t('log.none')}</li> : null}
        {shown.map((entry) => (
          <li key={entry.id} data-level={entry.level}>
            <time>{timeOf(entry)}</time>
            <span class="level">{t(`log.${severity(entry.level)}` as Key)}</span>
            <span class="soft">{entry.name}</span>
            <span>{entry.msg}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function severity(level: number): number {
  return Math.min(50, Math.max(10, Math.floor(level / 10) * 10));
}

function matches(entry: LogEntry, search: string): boolean {
  const words = `${entry.name} ${entry.msg}`.toLowerCase();
  return entry.level >= settings.value.logLevel && words.includes(search.toLowerCase());
}

function timeOf({ stamp }: LogEntry): string {
  return new Date(stamp.sec * 1000).toLocaleTimeString(language.value);
}
