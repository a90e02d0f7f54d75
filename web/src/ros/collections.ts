/** Topics whose messages add up: models, diagnostics and the log. All bounded. */

import { signal } from '@preact/signals';
import type { DiagnosticStatus, LogRecord, ModelStatus } from './messages';
import type { Robot } from './robot';

const MAX_LOG = 500;
const MAX_ENTRIES = 200;

export interface Known<T> {
  value: T;
  /** ms of performance.now(). */
  receivedAt: number;
}

/** The newest value under each key; the least recently heard of go when there are too many. */
export class Newest<T> {
  readonly all = signal<ReadonlyMap<string, Known<T>>>(new Map());

  put(key: string, value: T): void {
    const next = new Map(this.all.value);
    next.delete(key);
    next.set(key, { value, receivedAt: performance.now() });
    for (const oldest of next.keys()) {
      if (next.size <= MAX_ENTRIES) break;
      next.delete(oldest);
    }
    this.all.value = next;
  }
}

export interface LogEntry extends LogRecord {
  id: number;
}

export class Collections {
  readonly models = new Newest<ModelStatus>();
  readonly diagnostics = new Newest<DiagnosticStatus>();
  readonly log = signal<LogEntry[]>([]);
  private counter = 0;
  private waiting: LogEntry[] = [];

  constructor(robot: Robot) {
    robot.models.retain((model) => this.models.put(`${model.owner}/${model.name}`, model));
    robot.diagnostics.retain(({ status }) => {
      for (const entry of status) this.diagnostics.put(entry.name, entry);
    });
    robot.log.retain((record) => this.addLog(record));
  }

  /** Collects what comes within a moment, so that a burst is one redraw. */
  private addLog(record: LogRecord): void {
    this.waiting.push({ ...record, id: ++this.counter });
    if (this.waiting.length > 1) return;
    setTimeout(() => {
      this.log.value = [...this.log.value, ...this.waiting].slice(-MAX_LOG);
      this.waiting = [];
    }, 100);
  }
}
