/** Somebody in sight: where, what was measured of the face, and what can be done. */

import type { JSX } from 'preact';
import { app } from '../app';
import { named, t } from '../i18n';
import { DEGREE, directionTo } from '../maths/pose';
import type { Person } from '../ros/messages';
import { report } from '../state/notices';
import { direction, number } from '../ui/format';
import { lookAtPoint } from './gestures';

// Within this of the camera somebody looks at the robot, as far as a picture of 640 px tells.
const LOOKS_HERE = 10 * DEGREE;
const IS_OPEN = 0.5;

export function PersonRow({ person }: { person: Person }): JSX.Element {
  const { following } = app();
  const { id, visible, position } = person;
  const target = `face:${id}`;
  const { yaw, pitch } = directionTo(position);
  return (
    <li class="person" data-person={id} data-dim={!visible}>
      <strong>{t('people.name', { id })}</strong>
      <span class="person-place">
        {[away(person), direction(yaw, pitch)].filter(Boolean).join(' · ')}
      </span>
      <div class="person-orders">
        <button
          type="button"
          aria-label={t('people.lookLabel', { id })}
          onClick={() => report(lookAtPoint(position))}
        >
          {t('people.look')}
        </button>
        <button
          type="button"
          aria-label={t('people.followLabel', { id })}
          aria-pressed={following.target.value === target}
          onClick={() => report(following.follow(target))}
        >
          {t('people.follow')}
        </button>
      </div>
      <Measures person={person} />
    </li>
  );
}

function away({ distance, distance_deviation }: Person): string {
  if (distance < 0) return '';
  return distance_deviation < 0
    ? t('people.away', { distance: number(distance, 1) })
    : t('people.awayAbout', {
        distance: number(distance, 2),
        deviation: number(distance_deviation, 2),
      });
}

function Measures({ person }: { person: Person }): JSX.Element | null {
  const texts = measures(person);
  if (texts.length === 0) return null;
  return (
    <ul class="person-chips" aria-label={t('people.measures')}>
      {texts.map((text) => (
        <li key={text} class="chip">
          {text}
        </li>
      ))}
    </ul>
  );
}

function measures(person: Person): string[] {
  const { visible, unseen, gesture, smile, mouth_open, has_gaze } = person;
  const texts = [];
  if (!visible) texts.push(t('people.unseen', { seconds: number(unseen) }));
  if (smile >= 0) {
    texts.push(t('people.smile', { share: t('unit.percent', { n: number(100 * smile) }) }));
  }
  if (mouth_open >= IS_OPEN) texts.push(t('people.mouthOpen'));
  if (has_gaze) texts.push(gazeText(person));
  if (gesture) texts.push(named('gesture', gesture));
  return texts;
}

function gazeText({ gaze_yaw, gaze_pitch }: Person): string {
  return Math.hypot(gaze_yaw, gaze_pitch) < LOOKS_HERE
    ? t('people.gazeHere')
    : t('people.gaze', { where: direction(gaze_yaw, -gaze_pitch) });
}
