/** The live robot in 3D, and what it is doing in words. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { Viewer } from '../view3d/viewer';
import { Card } from '../ui/card';
import { motionText, running } from './gestures';
import { MotorSwitch } from './motors';

export function StagePanel(): JSX.Element {
  const { robot } = app();
  return (
    <Card title={t('stage.title')} icon="robot" name="stage" part="robot" feed={robot.joints}>
      <Picture />
      <Doing />
    </Card>
  );
}

function Picture(): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const viewer = useRef<Viewer | undefined>(undefined);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  useEffect(() => {
    let isGone = false;
    void import('../view3d/viewer').then(({ Viewer }) => {
      if (isGone || !holder.current) return;
      try {
        viewer.current = new Viewer(holder.current, app().robot);
        setState('ready');
      } catch (error) {
        console.info('no 3D picture:', error);
        setState('failed');
      }
    });
    return () => {
      isGone = true;
      viewer.current?.dispose();
    };
  }, []);
  const note = state === 'ready' ? (viewer.current?.note.value ?? '') : state;
  return (
    <>
      <div ref={holder} class="stage" role="img" aria-label={t('stage.label')} data-note={note} />
      {note ? <p class="stage-note">{t(`stage.${note}`)}</p> : null}
      <button type="button" class="quiet stage-reset" onClick={() => viewer.current?.reset()}>
        {t('stage.reset')}
      </button>
    </>
  );
}

/** What moves the robot now, how far it is, and a button to end it. */
function Doing(): JSX.Element {
  const status = app().robot.motion.value.value;
  const progress = status?.progress ?? -1;
  // While it is stopped, the banner says what to do.
  const isStopped = app().stop.isStopped.value;
  const detail = isStopped ? '' : app().robot.status.value.value?.detail || status?.detail;
  return (
    <div class="doing">
      <span class="doing-text" role="status">
        {motionText()}
      </span>
      {detail ? <span class="soft">{detail}</span> : null}
      {running.value ? (
        <button type="button" class="quiet" onClick={() => running.value?.cancel()}>
          {t('motion.cancel')}
        </button>
      ) : null}
      <MotorSwitch />
      {status?.active && progress >= 0 ? (
        <span class="doing-bar" aria-hidden="true" style={{ '--progress': String(progress) }} />
      ) : null}
    </div>
  );
}
