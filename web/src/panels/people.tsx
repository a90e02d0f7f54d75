/** Who is seen, nearest first. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { report } from '../state/notices';
import { Card } from '../ui/card';
import { degrees, number } from '../ui/format';
import { useFeed } from '../ui/hooks';
import { lookAtPixel } from './gestures';

export function PeoplePanel(): JSX.Element {
  const { people } = app().robot;
  useFeed(people);
  const seen = people.value.value?.people ?? [];
  return (
    <Card title={t('people.title')} icon="people" name="people" part="vision" feed={people}>
      {seen.length === 0 ? <p class="empty">{t('people.none')}</p> : null}
      <ul class="list">
        {seen.map(({ id, visible, bearing, distance, unseen, box }) => (
          <li key={id} data-dim={!visible}>
            <strong>{id}</strong>
            <span>
              {distance >= 0 ? t('people.away', { distance: number(distance, 1) }) : ''}{' '}
              {degrees(bearing)}
            </span>
            {visible ? (
              <button
                type="button"
                class="quiet"
                onClick={() => report(lookAtPixel(box.center.position.x, box.center.position.y))}
              >
                {t('people.look', { id })}
              </button>
            ) : (
              <span class="chip">{t('people.unseen', { seconds: number(unseen) })}</span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
