/** Things that were found in a picture, best first. */

import type { JSX } from 'preact';
import { t } from '../i18n';
import type { Detection2DArray } from '../ros/messages';
import { number } from '../ui/format';

/** `found` undefined: nothing has been told yet. */
export function Objects({
  found,
}: {
  found: Detection2DArray['detections'] | undefined;
}): JSX.Element {
  if (!found || found.length === 0) {
    return <p class="empty">{t(found ? 'objects.none' : 'objects.waiting')}</p>;
  }
  return (
    <ul class="chips" data-name="objects">
      {found.map(({ results, id }, index) => {
        const best = results[0]?.hypothesis;
        const share = t('unit.percent', { n: number(100 * (best?.score ?? 0)) });
        return (
          <li key={id || index} class="chip">
            {best?.class_id.replaceAll('_', ' ')} {share}
          </li>
        );
      })}
    </ul>
  );
}
