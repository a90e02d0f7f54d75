/**
 * All robots of the graph: whoever publishes `robot_status` under some namespace.
 *
 * A robot that was seen stays listed until the page is loaded anew: one that is lost has to be seen
 * as lost. Nothing is subscribed before a card asks for it (`FleetRobot`).
 */

import { computed, signal } from '@preact/signals';
import { change } from '../state/settings';
import { callService } from './calls';
import { Feed } from './feed';
import type { Link } from './link';
import type { Answer, PoseStamped, RobotStatus } from './messages';
import { resolved } from './names';
import { askAgain, listed } from './rosapi';
import { ANSWER_WITHIN_MS, StopOrder } from './stop-order';

/** Cards shown at most. */
export const MAX_CARDS = 32;
const TYPE = 'bbia_msgs/msg/RobotStatus';
const SUFFIX = '/robot_status';
const POSE_PERIOD_MS = 200;

/** Returns the namespaces ('' or '/a/b') of these topics that are a robot's, numbers in order. */
export function namespacesOf(topics: readonly string[]): string[] {
  return topics
    .filter((topic) => topic.startsWith('/') && topic.endsWith(SUFFIX))
    .map((topic) => topic.slice(0, -SUFFIX.length))
    .sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
}

/** Returns the page's address for a robot; whatever else the address says stays. */
export function addressOf(namespace: string, search: string): string {
  const query = new URLSearchParams(search);
  query.set('ns', namespace.slice(1) || '/');
  return `?${query.toString()}`;
}

/** One robot among others: only what a card shows, and its stop. */
export class FleetRobot {
  readonly status: Feed<RobotStatus>;
  readonly headPose: Feed<PoseStamped>;
  readonly stop: StopOrder;

  constructor(
    private readonly link: Link,
    readonly namespace: string,
  ) {
    this.status = new Feed(link, {
      name: resolved(namespace, 'robot_status'),
      type: TYPE,
      latched: true,
    });
    this.headPose = new Feed(link, {
      name: resolved(namespace, 'head_pose'),
      type: 'geometry_msgs/msg/PoseStamped',
      throttle: POSE_PERIOD_MS,
    });
    this.stop = new StopOrder(link.connected, async () => {
      const answer = await this.call('emergency_stop', ANSWER_WITHIN_MS);
      return answer.success;
    });
  }

  /** As people say it: without the first slash. */
  get name(): string {
    return this.namespace.slice(1) || '/';
  }

  async rearm(): Promise<void> {
    const { success, message } = await this.call('rearm');
    if (!success) throw new Error(`${this.name}: ${message}`);
  }

  private call(service: string, timeout?: number): Promise<Answer> {
    return callService<Answer>(this.link, resolved(this.namespace, service), {}, timeout);
  }
}

export class Fleet {
  /** Every robot seen since the page was opened. */
  readonly robots = signal<readonly FleetRobot[]>([]);
  readonly isFleet = computed(() => this.robots.value.length > 1);
  /** Names of the robots whose stop could not be delivered yet. */
  readonly notStopped = computed(() =>
    this.robots.value.filter((robot) => robot.stop.isFailing.value).map((robot) => robot.name),
  );
  readonly isStopping = computed(() =>
    this.robots.value.some((robot) => robot.stop.delivery.value !== 'idle'),
  );

  private wasOffered = false;

  /** `own` is the namespace that the page shows. */
  constructor(
    private readonly link: Link,
    private readonly own: string,
  ) {
    askAgain(link, () => this.look());
  }

  /** Stops every robot that was ever seen, shown or not. */
  stopAll(): void {
    for (const robot of this.robots.value) robot.stop.press();
  }

  /** Gives up the stops that could not be delivered. */
  forgetStops(): void {
    for (const robot of this.robots.value) robot.stop.forget();
  }

  private async look(): Promise<void> {
    const topics = await listed(this.link, 'topics_for_type', 'topics', { type: TYPE });
    const known = new Set(this.robots.value.map((robot) => robot.namespace));
    const candidates = namespacesOf(topics ?? []).filter((namespace) => !known.has(namespace));
    // A topic without a publisher is one that a page waits for, such as this one.
    const publishers = await Promise.all(
      candidates.map((namespace) =>
        listed(this.link, 'publishers', 'publishers', { topic: namespace + SUFFIX }),
      ),
    );
    const found = candidates.filter((_, index) => (publishers[index]?.length ?? 0) > 0);
    if (found.length === 0) return;
    const robots = [
      ...this.robots.value,
      ...found.map((namespace) => new FleetRobot(this.link, namespace)),
    ];
    const order = namespacesOf(robots.map((robot) => robot.namespace + SUFFIX));
    this.robots.value = robots.sort(
      (left, right) => order.indexOf(left.namespace) - order.indexOf(right.namespace),
    );
    this.offer();
  }

  /** Shows all robots, once, where the page's own namespace has none and there are several. */
  private offer(): void {
    if (this.wasOffered || !this.isFleet.value) return;
    this.wasOffered = true;
    const isOwnThere = this.robots.value.some(({ namespace }) => namespace === this.own);
    if (!isOwnThere) change({ view: 'fleet' });
  }
}
