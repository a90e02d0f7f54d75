/** Messages at the edge of the page. */

import type { JSX } from 'preact';
import { t } from '../i18n';
import { dismiss, notices } from '../state/notices';
import { Icon } from '../ui/icons';

export function Notices(): JSX.Element {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, kind }) => (
        <div key={id} class="notice" data-kind={kind}>
          <span>{text}</span>
          <button
            type="button"
            class="round"
            aria-label={t('notice.close')}
            onClick={() => dismiss(id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
