/** The curves of the last 1000 samples. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { Card } from '../ui/card';
import { Chart } from '../ui/chart';
import 'uplot/dist/uPlot.min.css';

export function ChartsPanel(): JSX.Element {
  const { measurements, parts, link } = app();
  const version = measurements.version.value;
  const all = (name: string): string => name || t('charts.all');
  const isWithout = link.connected.value && parts.state('monitor') === 'absent';
  const hasMetrics = measurements.processor.length > 0;
  const short = (name: string): string => name.replace(/^\//, '');
  return (
    <Card title={t('charts.title')} icon="chart" name="charts">
      {isWithout && !hasMetrics ? <p class="absent">{t('part.monitor')}</p> : null}
      <div class="charts">
        <Chart
          title={t('charts.roundTrip')}
          unit={t('charts.ms')}
          series={measurements.roundTrip}
          label={all}
          version={version}
        />
        <Chart
          title={t('charts.received')}
          unit={t('charts.perSecond')}
          series={measurements.received}
          label={short}
          version={version}
        />
        {hasMetrics ? (
          <>
            <Chart
              title={t('charts.cpu')}
              unit={t('charts.percent')}
              series={measurements.processor}
              label={all}
              version={version}
            />
            <Chart
              title={t('charts.memory')}
              unit={t('charts.megabytes')}
              series={measurements.memory}
              label={all}
              version={version}
            />
            <Chart
              title={t('charts.rates')}
              unit={t('charts.perSecond')}
              series={measurements.rates}
              label={short}
              version={version}
            />
          </>
        ) : null}
      </div>
    </Card>
  );
}
