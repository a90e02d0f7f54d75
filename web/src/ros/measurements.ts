/** The curves of the system view: what the page measures itself, and what the monitor publishes. */

import { signal } from '@preact/signals';
import { MAX_SAMPLES, Series } from '../state/series';
import type { Metrics } from './messages';
import type { Robot } from './robot';

const OWN_PERIOD_MS = 1000;

interface History {
  success: boolean;
  samples: Metrics[];
}

export class Measurements {
  readonly roundTrip = new Series();
  readonly rates = new Series();
  readonly processor = new Series();
  readonly memory = new Series();
  /** Messages per second that this page gets. */
  readonly received = new Series();
  /** Goes up with each new sample. */
  readonly version = signal(0);
  private readonly counted = new Map<string, number>();
  private lastTime = performance.now();

  constructor(private readonly robot: Robot) {
    robot.link.onRoundTrip = (milliseconds) => {
      this.roundTrip.add(Date.now() / 1000, { ms: milliseconds });
      this.version.value += 1;
    };
    robot.metrics.retain((metrics) => this.add(metrics));
    robot.link.connected.subscribe((connected) => {
      if (connected) void this.fetchHistory();
    });
    setInterval(() => this.countOwn(), OWN_PERIOD_MS);
  }

  /** Fills the curves with what the monitor kept from before the page was opened. */
  private async fetchHistory(): Promise<void> {
    try {
      const request = { max_samples: MAX_SAMPLES };
      const history = await this.robot.call<History>(
        this.robot.atHome('metrics/history'),
        request,
        10000,
      );
      for (const sample of history.samples) this.add(sample);
    } catch {
      return; // no monitor: the panels say so
    }
  }

  private add(metrics: Metrics): void {
    const { sec, nanosec } = metrics.header.stamp;
    const time = sec + nanosec * 1e-9;
    const processes = metrics.processes.map(({ name, cpu }) => [name, cpu] as const);
    this.processor.add(time, { '': metrics.cpu, ...Object.fromEntries(processes) });
    const own = metrics.processes.map(({ name, uss_mb }) => [name, uss_mb < 0 ? null : uss_mb]);
    this.memory.add(time, { '': metrics.uss_mb, ...Object.fromEntries(own) });
    const rates = metrics.topics.filter(({ rate }) => rate >= 0);
    this.rates.add(time, Object.fromEntries(rates.map(({ name, rate }) => [name, rate])));
    this.version.value += 1;
  }

  private countOwn(): void {
    const time = performance.now();
    const seconds = (time - this.lastTime) / 1000;
    this.lastTime = time;
    const { joints, headPose, camera, tf } = this.robot;
    const sample: Record<string, number> = {};
    for (const { options, count } of [joints, headPose, camera, tf]) {
      const before = this.counted.get(options.name) ?? count;
      this.counted.set(options.name, count);
      sample[options.name] = (count - before) / seconds;
    }
    this.received.add(Date.now() / 1000, sample);
    this.version.value += 1;
  }
}
