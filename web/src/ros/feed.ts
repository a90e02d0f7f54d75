/**
 * A topic as a value that knows how old it is.
 *
 * Subscribed while somebody holds it (`retain`). A latched topic that brings nothing is subscribed
 * anew now and then: a server that looked at its publishers before there were any has chosen
 * the wrong quality of service, and would never hand on the value that waits.
 */

import { signal } from '@preact/signals';
import { Topic } from 'roslib';
import { freshness } from './freshness';
import type { Freshness } from './freshness';
import type { Link } from './link';

const ASK_AGAIN_MS = 4000;
const ASK_AGAIN_AT_MOST_MS = 60000;

export interface FeedOptions {
  name: string;
  type: string;
  /** Least time between two messages, ms; 0: every message. */
  throttle?: number;
  /** Age at which a value counts as old, ms; 0: sent on change only. */
  staleAfter?: number;
  compression?: 'none' | 'cbor';
  latched?: boolean;
}

/** What can be told to be out of date. */
export interface Aged {
  /** ms of performance.now(); undefined before the first message. */
  readonly receivedAt: number | undefined;
  freshnessAt: (now: number) => Freshness;
}

export class Feed<T> implements Aged {
  readonly value = signal<T | undefined>(undefined);
  /** Messages since the page was opened. */
  count = 0;
  receivedAt: number | undefined;

  private readonly topic: Topic<T>;
  private readonly listeners = new Set<(message: T) => void>();
  private readonly receive = (message: T): void => {
    this.count += 1;
    this.receivedAt = performance.now();
    this.value.value = message;
    for (const listener of this.listeners) listener(message);
  };
  private holders = 0;
  private askAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly link: Link,
    readonly options: FeedOptions,
  ) {
    this.topic = new Topic<T>({
      ros: link.ros,
      name: options.name,
      messageType: options.type,
      throttle_rate: options.throttle ?? 0,
      queue_length: 1,
      compression: options.compression ?? 'none',
    });
    if (options.latched) link.ros.on('close', () => (this.receivedAt = undefined));
  }

  /** Keeps the topic subscribed until the returned function is called. */
  retain(listener?: (message: T) => void): () => void {
    if (listener) this.listeners.add(listener);
    if (this.holders++ === 0) this.start();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (listener) this.listeners.delete(listener);
      if (--this.holders === 0) this.stop();
    };
  }

  freshnessAt(now: number): Freshness {
    const { staleAfter = 3000 } = this.options;
    return freshness(this.receivedAt, now, staleAfter, this.link.connected.value);
  }

  private start(): void {
    this.topic.subscribe(this.receive);
    if (this.options.latched) this.watch(ASK_AGAIN_MS);
  }

  private watch(wait: number): void {
    this.askAgain = setTimeout(() => {
      const isSilent = this.receivedAt === undefined && this.link.connected.value;
      if (isSilent) {
        this.topic.unsubscribe(this.receive);
        this.topic.subscribe(this.receive);
      }
      this.watch(isSilent ? Math.min(2 * wait, ASK_AGAIN_AT_MOST_MS) : ASK_AGAIN_MS);
    }, wait);
  }

  private stop(): void {
    clearTimeout(this.askAgain);
    this.topic.unsubscribe(this.receive);
    this.receivedAt = undefined;
  }
}
