/** Which view is shown, and which there are: all robots are one only where there are several. */

import { computed } from '@preact/signals';
import { app } from '../app';
import { settings } from '../state/settings';
import type { View } from '../state/stored';

const VIEWS: readonly View[] = ['robot', 'mind', 'system'];

export const views = computed<readonly View[]>(() =>
  app().fleet.isFleet.value ? [...VIEWS, 'fleet'] : VIEWS,
);

export const shownView = computed<View>(() => {
  const { view } = settings.value;
  return views.value.includes(view) ? view : 'robot';
});
