/** All robots as small cards: what each is, how it is, where its head looks. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { app } from '../app';
import { named, t } from '../i18n';
import { DEGREE, anglesFrom } from '../maths/pose';
import { MAX_CARDS, addressOf } from '../ros/fleet';
import type { FleetRobot } from '../ros/fleet';
import type { RobotStatus } from '../ros/messages';
import { now } from '../state/clock';
import { report } from '../state/notices';
import { change } from '../state/settings';
import { Card } from '../ui/card';
import { Face } from '../ui/face';
import { direction, number, span } from '../ui/format';
import { useFeed, useVisible } from '../ui/hooks';

export function FleetPanel(): JSX.Element {
  const robots = app().fleet.robots.value;
  const hidden = robots.length - MAX_CARDS;
  const stopped = robots.filter((robot) => robot.status.value.value?.emergency_stopped);
  return (
    <Card
      title={t('fleet.title')}
      icon="fleet"
      name="fleet"
      aside={
        <>
          <span class="soft">{t('fleet.count', { n: number(robots.length) })}</span>
          {stopped.length > 0 ? (
            <button
              type="button"
              onClick={() => {
                for (const robot of stopped) report(robot.rearm());
              }}
            >
              {t('fleet.rearm')}
            </button>
          ) : null}
        </>
      }
    >
      <ul class="fleet">
        {robots.slice(0, MAX_CARDS).map((robot) => (
          <RobotCard key={robot.namespace} robot={robot} />
        ))}
      </ul>
      {hidden > 0 ? <p class="hint">{t('fleet.hidden', { n: number(hidden) })}</p> : null}
    </Card>
  );
}

function RobotCard({ robot }: { robot: FleetRobot }): JSX.Element {
  const frame = useRef<HTMLLIElement>(null);
  const isVisible = useVisible(frame);
  useFeed(robot.status, isVisible);
  useFeed(robot.headPose, isVisible);
  const status = robot.status.value.value;
  const isLost = robot.status.freshnessAt(now.value) === 'stale';
  const isStopped = status?.emergency_stopped ?? false;
  return (
    <li ref={frame} class="fleet-robot" data-robot={robot.name} data-lost={isLost}>
      <a
        href={addressOf(robot.namespace, location.search)}
        title={t('fleet.open', { name: robot.name })}
        data-stopped={isStopped}
        onClick={() => change({ view: 'robot' })}
      >
        <strong>{robot.name}</strong>
        <Head robot={robot} />
        {status ? <State status={status} /> : <span class="soft">{t('fleet.waiting')}</span>}
        {isLost ? <span class="chip chip-warn">{lostFor(robot)}</span> : null}
      </a>
    </li>
  );
}

function Head({ robot }: { robot: FleetRobot }): JSX.Element {
  const pose = robot.headPose.value.value?.pose;
  const { roll, pitch, yaw } = anglesFrom(pose?.orientation ?? { x: 0, y: 0, z: 0, w: 1 });
  return (
    <>
      <Face roll={roll / DEGREE} pitch={pitch / DEGREE} yaw={yaw / DEGREE} />
      {pose ? <span class="fleet-direction">{direction(yaw, pitch)}</span> : null}
    </>
  );
}

function State({ status }: { status: RobotStatus }): JSX.Element {
  const { source, connected, motors, emergency_stopped, real_time_factor: factor } = status;
  const isSimulation = source === 'simulation';
  const facts = [
    connected ? t(isSimulation ? 'robot.simulation' : 'robot.hardware') : t('robot.offline'),
    named('fleet.motors', motors),
    ...(isSimulation && factor !== null ? [t('robot.speed', { factor: number(factor, 2) })] : []),
  ];
  return (
    <>
      <ul class="fleet-facts">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      <span class="chip" data-bad={emergency_stopped || !connected}>
        {t(emergency_stopped ? 'stop.stoppedShort' : connected ? 'fleet.ready' : 'fleet.notReady')}
      </span>
    </>
  );
}

function lostFor(robot: FleetRobot): string {
  const seconds = (now.value - (robot.status.receivedAt ?? now.value)) / 1000;
  return t('fleet.lost', { age: span(seconds) });
}
