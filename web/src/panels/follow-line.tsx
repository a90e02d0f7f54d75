/** Whom this page lets the robot follow, how well, and its end. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { NEAREST } from '../ros/following';
import { degrees } from '../ui/format';

export function FollowLine(): JSX.Element | null {
  const { following } = app();
  const asked = following.target.value;
  if (asked === undefined) return null;
  const feedback = following.feedback.value;
  const target = spoken(feedback?.target || asked);
  const error = feedback?.error ?? -1;
  return (
    <div class="now follow-line" data-state={feedback?.state ?? 'begun'}>
      <strong role="status">{stateText(feedback?.state, target)}</strong>
      <span>{error >= 0 ? t('follow.error', { angle: degrees(error) }) : t('follow.unseen')}</span>
      <button type="button" onClick={() => following.stop()}>
        {t('follow.stop')}
      </button>
    </div>
  );
}

function stateText(state: string | undefined, target: string): string {
  switch (state) {
    case 'following':
    case 'waiting':
    case 'searching':
    case 'resting':
      return t(`follow.${state}`, { target });
    default:
      return t('follow.begun', { target });
  }
}

function spoken(target: string): string {
  const [kind, name] = target.split(':', 2);
  if (kind === NEAREST) return name ? t('people.called', { id: name }) : t('follow.nearest');
  return name ?? target;
}
