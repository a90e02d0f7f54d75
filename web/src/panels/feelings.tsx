/** Emotions as faces, and ready-made moves. */

import type { JSX } from 'preact';
import { app } from '../app';
import { named, t } from '../i18n';
import { report } from '../state/notices';
import { change, settings } from '../state/settings';
import { Card } from '../ui/card';
import { Face } from '../ui/face';
import type { Expression } from '../ui/face';
import { number } from '../ui/format';
import { Slider } from '../ui/slider';
import { feel, playMove } from './gestures';

/** The robot's own postures at the moment that is easiest to read (config/emotions.yaml). */
const EMOTIONS: Readonly<Record<string, Expression>> = {
  neutral: { roll: 0, pitch: 0, yaw: 0, right: 10, left: 10 },
  happy: { roll: 11, pitch: -13, yaw: -4, right: 40, left: 40 },
  excited: { roll: 7, pitch: -13, yaw: -21, right: 30, left: 70 },
  proud: { roll: 0, pitch: -19, yaw: 0, right: -14, left: -14 },
  curious: { roll: 17, pitch: -2, yaw: 14, right: 2, left: 58 },
  surprised: { roll: 0, pitch: -15, yaw: 0, right: 80, left: 80 },
  confused: { roll: -17, pitch: 4, yaw: -6, right: 75, left: -25 },
  determined: { roll: 0, pitch: 15, yaw: 0, right: 0, left: 0 },
  nostalgic: { roll: -10, pitch: -16, yaw: 28, right: 72, left: 72 },
  sad: { roll: 5, pitch: 21, yaw: -7, right: 118, left: 118 },
  fearful: { roll: -9, pitch: 11, yaw: -34, right: 130, left: 130 },
  angry: { roll: 3, pitch: 17, yaw: 9, right: -45, left: -45 },
};
const MOVES = [
  'wake_up',
  'go_to_sleep',
  'nod',
  'shake_head',
  'groove',
  'waltz',
  'robot_pop',
] as const;

export function FeelPanel(): JSX.Element {
  const { robot } = app();
  const { intensity } = settings.value;
  const mood = robot.emotion.value.value;
  const motion = robot.motion.value.value;
  const played = motion?.active === 'play_emotion' ? motion.name : '';
  return (
    <Card
      title={t('feel.title')}
      icon="heart"
      name="feel"
      part="motion"
      aside={
        mood?.name ? (
          <span class="chip chip-calm">{t('feel.now', { name: named('emotion', mood.name) })}</span>
        ) : null
      }
    >
      <div class="emotions">
        {Object.entries(EMOTIONS).map(([name, expression]) => (
          <button
            key={name}
            type="button"
            class="emotion"
            data-emotion={name}
            data-playing={name === played}
            aria-label={t('feel.play', { name: named('emotion', name) })}
            style={{ '--progress': name === played ? String(motion?.progress ?? 0) : '0' }}
            onClick={() => report(feel(name, intensity))}
          >
            <Face {...expression} />
            <span>{named('emotion', name)}</span>
          </button>
        ))}
      </div>
      <Slider
        label={t('feel.intensity')}
        text={t('unit.percent', { n: number(intensity * 100) })}
        value={intensity * 100}
        min={0}
        max={100}
        step={5}
        onHold={(value) => change({ intensity: value / 100 })}
      />
      <h3>{t('moves.title')}</h3>
      <div class="chips">
        {MOVES.map((name) => (
          <button
            key={name}
            type="button"
            class="pill"
            data-playing={motion?.active === 'play_move' && motion.name === name}
            onClick={() => report(playMove(name))}
          >
            {named('move', name)}
          </button>
        ))}
      </div>
    </Card>
  );
}
