/** The head camera, with the people in it; a click makes the robot look there. */

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { CompressedImage, Person } from '../ros/messages';
import { report } from '../state/notices';
import { change, settings } from '../state/settings';
import { Card } from '../ui/card';
import { useFeed, useVisible } from '../ui/hooks';
import { lookAtPixel } from './gestures';

export function CameraPanel(): JSX.Element {
  const { camera } = app().robot;
  const isOn = settings.value.camera;
  return (
    <Card
      title={t('camera.title')}
      icon="camera"
      name="camera"
      part="camera"
      feed={isOn ? camera : undefined}
      aside={
        <button type="button" class="quiet" onClick={() => change({ camera: !isOn })}>
          {t(isOn ? 'camera.hide' : 'camera.show')}
        </button>
      }
    >
      {isOn ? <Picture /> : <p class="empty">{t('camera.off')}</p>}
    </Card>
  );
}

function Picture(): JSX.Element {
  const { robot } = app();
  const canvas = useRef<HTMLCanvasElement>(null);
  const busy = useRef(false);
  const isVisible = useVisible(canvas);
  useFeed(robot.people, isVisible);
  useFeed(robot.camera, isVisible, (image) => {
    if (busy.current || !canvas.current) return; // the newest that there is time for
    busy.current = true;
    void draw(canvas.current, image).finally(() => (busy.current = false));
  });
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.clearRect(0, 0, context.canvas.width, context.canvas.height);
  }, []);
  return (
    <div class="camera-row">
      <canvas
        ref={canvas}
        class="camera"
        width={640}
        height={480}
        role="img"
        aria-label={t('camera.label')}
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

async function draw(canvas: HTMLCanvasElement, image: CompressedImage): Promise<void> {
  const type = image.format.includes('png') ? 'image/png' : 'image/jpeg';
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes(image.data)], { type }));
  } catch (error) {
    if (error instanceof DOMException) return; // a damaged picture: the next one comes soon
    throw error;
  }
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  const context = canvas.getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { people } = app().robot;
  if (context && people.freshnessAt(performance.now()) === 'fresh') {
    for (const person of people.value.peek()?.people ?? []) outline(context, person);
  }
}

function outline(context: CanvasRenderingContext2D, { box, id, visible }: Person): void {
  const left = box.center.position.x - box.size_x / 2;
  const top = box.center.position.y - box.size_y / 2;
  context.lineWidth = 2;
  context.setLineDash(visible ? [] : [6, 5]);
  context.strokeStyle = '#5fd4c8';
  context.strokeRect(left, top, box.size_x, box.size_y);
  context.font = '600 15px system-ui, sans-serif';
  context.fillStyle = '#5fd4c8';
  context.fillText(id, left + 4, top - 6);
}

/** JSON carries bytes as base64, CBOR as they are. */
function bytes(data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  if (typeof data !== 'string') return new Uint8Array(data);
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}
