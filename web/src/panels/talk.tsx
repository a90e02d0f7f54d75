/** One text box that asks or speaks, and what was said so far. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { Part } from '../ros/parts';
import { Card } from '../ui/card';
import { number } from '../ui/format';

export function TalkPanel(): JSX.Element {
  return (
    <Card title={t('talk.title')} icon="mind" name="talk" aside={<VoiceState />}>
      <MissingVoices />
      <Transcript />
      <LastTurn />
      <TextBox />
    </Card>
  );
}

function VoiceState(): JSX.Element | null {
  const { robot, conversation } = app();
  if (robot.speaking.value.value?.data)
    return <span class="chip chip-on">{t('talk.speaking')}</span>;
  if (conversation.thinking.value) return <span class="chip chip-calm">{t('talk.thinking')}</span>;
  const activity = robot.activity.value.value;
  if (activity?.speaking) return <span class="chip chip-on">{t('talk.listening')}</span>;
  return null;
}

function MissingVoices(): JSX.Element | null {
  const { parts, link } = app();
  if (!link.connected.value) return null;
  const missing = (['chat', 'speech', 'hearing'] as const satisfies Part[]).filter(
    (part) => parts.state(part) === 'absent',
  );
  if (missing.length === 0) return null;
  const names = missing.map((part) => t(`talk.missing.${part}`)).join(', ');
  return (
    <p class="absent" title={missing.map((part) => t(`part.${part}`)).join(' ')}>
      {t('talk.missing', { names })}
    </p>
  );
}

function Transcript(): JSX.Element {
  const { lines, partial } = app().conversation;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.value, partial.value]);
  return (
    <div class="lines" role="log" aria-label={t('talk.title')} tabIndex={0} ref={box}>
      <ol>
        {lines.value.length === 0 && !partial.value ? (
          <li class="empty">{t('talk.empty')}</li>
        ) : null}
        {lines.value.map((line) => (
          <li key={line.id} class={`line line-${line.who}`} data-how={line.how}>
            <span class="line-text">{line.text}</span>
            <span class="line-note">
              {t(line.who === 'person' ? 'talk.you' : 'talk.robot')} · {t(`talk.${line.how}`)}
              {line.note ? ` · ${line.note}` : ''}
            </span>
          </li>
        ))}
        {partial.value ? (
          <li class="line line-person" data-how="partial">
            <span class="line-text">{partial.value}…</span>
          </li>
        ) : null}
      </ol>
    </div>
  );
}

/** Where the time of the last spoken turn went, from the end of speech on. */
function LastTurn(): JSX.Element | null {
  const turn = app().robot.turn.value.value;
  if (!turn) return null;
  const stages = (
    [
      ['text', turn.transcript],
      ['motion', turn.motion_begins],
      ['answer', turn.answer_begins],
      ['voice', turn.sound_begins],
    ] as const
  ).filter(([, seconds]) => seconds >= 0);
  return (
    <p class="soft" data-name="turn">
      {t('talk.turn')}{' '}
      {stages
        .map(([name, s]) => `${t(`talk.turn.${name}`)} ${t('unit.seconds', { n: number(s, 2) })}`)
        .join(' · ')}
    </p>
  );
}

function TextBox(): JSX.Element {
  const { parts, conversation, link } = app();
  const [text, setText] = useState('');
  const canAsk = link.connected.value && parts.state('chat') !== 'absent';
  const canSay = link.connected.value && parts.state('speech') !== 'absent';
  const send = (how: 'ask' | 'say'): void => {
    const words = text.trim();
    if (!words) return;
    setText('');
    void conversation[how](words);
  };
  return (
    <form
      class="textbox"
      onSubmit={(event) => {
        event.preventDefault();
        if (canAsk || canSay) send(canAsk ? 'ask' : 'say');
      }}
    >
      <input
        type="text"
        value={text}
        maxLength={2000}
        autocomplete="off"
        placeholder={t('talk.placeholder')}
        aria-label={t('talk.placeholder')}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={!canAsk} title={t('talk.askTitle')}>
        {t('talk.ask')}
      </button>
      <button
        type="button"
        disabled={!canSay}
        title={t('talk.sayTitle')}
        onClick={() => send('say')}
      >
        {t('talk.say')}
      </button>
    </form>
  );
}
