import { expect, it } from 'vitest';
import { Series } from '../src/state/series';

it('only the newest samples are kept', () => {
  const series = new Series(3);
  for (let time = 1; time <= 5; time += 1) series.add(time, { a: time * 10 });
  expect(series.columns()).toEqual([
    [3, 4, 5],
    [30, 40, 50],
  ]);
});

it('a curve that begins late or pauses has gaps', () => {
  const series = new Series();
  series.add(1, { a: 1 });
  series.add(2, { a: 2, b: 20 });
  series.add(3, { b: 30 });
  expect(series.columns(['a', 'b'])).toEqual([
    [1, 2, 3],
    [1, 2, null],
    [null, 20, 30],
  ]);
  expect(series.latest('a')).toBeNull();
});

it('what is no number is a gap', () => {
  const series = new Series();
  series.add(1, { a: Number.NaN, b: null });
  expect(series.columns(['a', 'b'])).toEqual([[1], [null], [null]]);
});

it('a sample that is not newer than the last is left out', () => {
  const series = new Series();
  series.add(2, { a: 1 });
  series.add(2, { a: 5 });
  series.add(1, { a: 6 });
  expect(series.columns()).toEqual([[2], [1]]);
});
