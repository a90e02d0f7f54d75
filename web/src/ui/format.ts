/** Numbers as a person reads them. */

import { language, t } from '../i18n';
import { DEGREE } from '../maths/pose';

export function number(value: number, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const rounded = Number(value.toFixed(digits));
  return (rounded === 0 ? 0 : rounded).toLocaleString(language.value, options);
}

export function degrees(radians: number): string {
  return t('unit.degrees', { n: number(radians / DEGREE) });
}

/** A short span of time: seconds below two minutes, then minutes. */
export function span(seconds: number): string {
  return seconds < 120
    ? t('unit.seconds', { n: number(seconds) })
    : t('unit.minutes', { n: number(seconds / 60) });
}

export function megabytes(value: number): string {
  return t('unit.megabytes', { n: number(value) });
}

/** Where the head looks, in words: for screen readers. */
export function direction(yaw: number, pitch: number): string {
  const [side, height] = [Math.round(yaw / DEGREE), Math.round(pitch / DEGREE)];
  const sideways =
    side === 0 ? t('look.ahead') : t(side > 0 ? 'look.left' : 'look.right', { n: Math.abs(side) });
  const upwards =
    height === 0
      ? t('look.level')
      : t(height > 0 ? 'look.down' : 'look.up', { n: Math.abs(height) });
  return t('look.value', { sideways, upwards });
}
