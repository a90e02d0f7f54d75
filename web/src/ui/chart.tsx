/** A uPlot chart in the colours of the page, redrawn when its series grows. */

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { language, t } from '../i18n';
import type { Series } from '../state/series';
import { number } from './format';

const HEIGHT = 150;
const MAX_CURVES = 8;

interface ChartProps {
  title: string;
  unit: string;
  series: Series;
  /** Names of the curves as the person reads them. */
  label: (name: string) => string;
  /** A new value redraws the chart. */
  version: number;
}

export function Chart({ title, unit, series, label, version }: ChartProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const names = series.names.slice(0, MAX_CURVES);
  const key = names.map(label).join('\n');
  const theme = document.documentElement.dataset.theme;
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const made = new uPlot(options(element, names.map(label)), series.columns(names), element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [key, series, theme]);
  useEffect(() => plot.current?.setData(series.columns(names)), [version]);
  const newest = names.length > 0 ? series.latest(names[0] as string) : null;
  const value = newest === null ? '–' : number(newest, newest < 10 ? 1 : 0);
  return (
    <figure class="chart" data-samples={series.length}>
      <figcaption>
        <span>{title}</span>
        <output>
          {value} <small>{unit}</small>
        </output>
      </figcaption>
      <div ref={holder} role="img" aria-label={t('charts.label', { title, value, unit })} />
      {names.length > 1 ? (
        <ul class="legend">
          {names.map((name, index) => (
            <li key={name} style={{ '--curve': `var(--curve-${index})` }}>
              {label(name)}
            </li>
          ))}
        </ul>
      ) : null}
    </figure>
  );
}

function options(element: HTMLElement, labels: string[]): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--soft'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(50, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 6, 0, 0],
    scales: {
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.1)] },
    },
    axes: [
      { ...axis, size: 24, space: 80, values: (_, moments) => moments.map(timeOf) },
      { ...axis, size: 40, space: 30 },
    ],
    series: [
      {},
      ...labels.map((text, index) => ({
        label: text,
        stroke: colour(`--curve-${index}`),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

function timeOf(moment: number): string {
  return new Date(moment * 1000).toLocaleTimeString(language.value, { hour12: false });
}
