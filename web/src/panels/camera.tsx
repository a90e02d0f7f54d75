/**
 * The head camera, or what the robot sees in its picture; a click makes the robot look there.
 *
 * What it sees is computed only while somebody subscribes: this page does only with that choice.
 */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { CompressedImage } from '../ros/messages';
import type { Feed } from '../ros/feed';
import { now } from '../state/clock';
import { report } from '../state/notices';
import { change, settings } from '../state/settings';
import type { Picture } from '../state/stored';
import { Card } from '../ui/card';
import { Choice } from '../ui/choice';
import { useFeed, useVisible } from '../ui/hooks';
import { draw } from '../ui/picture';
import { lookAtPixel } from './gestures';

export function CameraPanel(): JSX.Element {
  const { camera, annotated } = app().robot;
  const { camera: isOn, picture } = settings.value;
  const feed = picture === 'sight' ? annotated : camera;
  return (
    <Card
      title={t('camera.title')}
      icon="camera"
      name="camera"
      part="camera"
      feed={isOn ? feed : undefined}
      aside={
        <button type="button" class="quiet" onClick={() => change({ camera: !isOn })}>
          {t(isOn ? 'camera.hide' : 'camera.show')}
        </button>
      }
    >
      {isOn ? (
        <>
          <Choice<Picture>
            label={t('camera.picture')}
            value={picture}
            options={[
              ['camera', t('camera.plain')],
              ['sight', t('camera.sight')],
            ]}
            onChange={(chosen) => change({ picture: chosen })}
          />
          {picture === 'sight' ? <Sight /> : null}
          <Shown key={picture} feed={feed} />
        </>
      ) : (
        <p class="empty">{t('camera.off')}</p>
      )}
    </Card>
  );
}

function Shown({ feed }: { feed: Feed<CompressedImage> }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const busy = useRef(false);
  useFeed(feed, useVisible(canvas), (image) => {
    if (busy.current || !canvas.current) return; // the newest that there is time for
    busy.current = true;
    void draw(canvas.current, image).finally(() => (busy.current = false));
  });
  return (
    <div class="camera-row">
      <canvas
        ref={canvas}
        class="camera"
        width={640}
        height={480}
        role="img"
        aria-label={t(settings.value.picture === 'sight' ? 'camera.sightLabel' : 'camera.label')}
        title={t('camera.hint')}
        onClick={(event) => {
          const target = event.currentTarget;
          const box = target.getBoundingClientRect();
          const x = ((event.clientX - box.left) / box.width) * target.width;
          const y = ((event.clientY - box.top) / box.height) * target.height;
          report(lookAtPixel(x, y));
        }}
      />
      <p class="hint">{t('camera.hint')}</p>
    </div>
  );
}

/** In words what the picture shows. */
function Sight(): JSX.Element {
  const { robot, parts } = app();
  const line = useRef<HTMLParagraphElement>(null);
  useFeed(robot.people, useVisible(line));
  return (
    <p ref={line} class="soft" role="status" data-name="sight">
      {sightText(parts.state('vision') === 'absent')}
    </p>
  );
}

function sightText(isAbsent: boolean): string {
  const { people } = app().robot;
  if (people.freshnessAt(now.value) !== 'fresh') {
    return t(isAbsent ? 'part.vision' : 'people.waiting');
  }
  const count = (people.value.value?.people ?? []).filter(({ visible }) => visible).length;
  if (count === 0) return t('people.none');
  return count === 1 ? t('people.one') : t('people.count', { count });
}
