/**
 * Who and what is in sight. The robot looks for it only while somebody wants to see it: with the
 * switch of this panel, or with the picture that shows what it sees.
 */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import { NEAREST } from '../ros/following';
import { now } from '../state/clock';
import { report } from '../state/notices';
import { change, settings } from '../state/settings';
import { Card } from '../ui/card';
import { useFeed, useVisible } from '../ui/hooks';
import { Describe } from './describe';
import { FollowLine } from './follow-line';
import { Objects } from './objects';
import { PersonRow } from './person';

export function PeoplePanel(): JSX.Element {
  const { robot, following } = app();
  const { watching, camera, picture } = settings.value;
  const isShownAnyway = camera && picture === 'sight';
  const isOn = watching || isShownAnyway;
  return (
    <Card
      title={t('people.title')}
      icon="people"
      name="people"
      part="vision"
      feed={isOn ? robot.people : undefined}
      aside={
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={isOn}
            disabled={isShownAnyway}
            onChange={(event) => change({ watching: event.currentTarget.checked })}
          />
          <span>{t('people.watch')}</span>
        </label>
      }
    >
      <FollowLine />
      <div class="row">
        <button
          type="button"
          aria-pressed={following.target.value === NEAREST}
          onClick={() => report(following.follow(NEAREST))}
        >
          {t('people.followNearest')}
        </button>
      </div>
      {isOn ? <InSight /> : <p class="empty">{t('people.off')}</p>}
      <Describe />
    </Card>
  );
}

function InSight(): JSX.Element {
  const { people, objects } = app().robot;
  const frame = useRef<HTMLDivElement>(null);
  const isVisible = useVisible(frame);
  useFeed(people, isVisible);
  useFeed(objects, isVisible);
  const isHeard = people.freshnessAt(now.value) !== 'none';
  const seen = (isHeard && people.value.value?.people) || [];
  return (
    <div ref={frame} class="in-sight">
      {seen.length === 0 ? (
        <p class="empty">{t(isHeard ? 'people.none' : 'people.waiting')}</p>
      ) : null}
      <ul class="people" aria-label={t('people.list')}>
        {seen.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
      <h3>{t('objects.title')}</h3>
      <Objects
        found={
          objects.freshnessAt(now.value) === 'fresh' ? objects.value.value?.detections : undefined
        }
      />
    </div>
  );
}
