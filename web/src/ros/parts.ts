/**
 * Which parts of the stack run, found from the ROS graph through rosapi. A server without rosapi
 * leaves the question open: the panels then stay usable, and a value that arrives is proof enough.
 */

import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { isReplay } from './replay';
import type { Robot } from './robot';
import { askAgain, listed } from './rosapi';

export const PARTS = {
  robot: { kind: 'service', name: 'emergency_stop' },
  motion: { kind: 'action', name: 'play_emotion' },
  model3d: { kind: 'topic', name: 'robot_description' },
  camera: { kind: 'topic', name: 'camera/image_raw/compressed' },
  vision: { kind: 'topic', name: 'vision/people' },
  hearing: { kind: 'topic', name: 'speech/transcript' },
  speech: { kind: 'action', name: 'say' },
  chat: { kind: 'action', name: 'chat' },
  behaviors: { kind: 'action', name: 'behave' },
  models: { kind: 'topic', name: 'models/status' },
  monitor: { kind: 'topic', name: 'metrics' },
} as const;

export type Part = keyof typeof PARTS;
export type PartState = 'running' | 'absent' | 'unknown';

const NAMES = Object.keys(PARTS) as Part[];
const TOPICS = NAMES.filter((part) => PARTS[part].kind === 'topic');
/** What a driver publishes, and a player in its place. */
const MEASURED = ['robot_status', 'joint_states', 'head_pose'] as const;

export class Parts {
  private readonly states = signal<Partial<Record<Part, PartState>>>({});
  /** Services there are; undefined while unknown. */
  readonly services = signal<ReadonlySet<string> | undefined>(undefined);
  /** Whether what the page shows of the robot was recorded, and there is none that obeys. */
  readonly isReplayed = signal(false);

  constructor(private readonly robot: Robot) {
    askAgain(robot.link, () => this.ask());
  }

  state(part: Part): PartState {
    return this.states.value[part] ?? 'unknown';
  }

  isAbsent(part: Part): ReadonlySignal<boolean> {
    return computed(() => this.state(part) === 'absent');
  }

  private async ask(): Promise<void> {
    const { link } = this.robot;
    const [actions, services, measured, ...publishers] = await Promise.all([
      listed(link, 'action_servers', 'action_servers'),
      listed(link, 'services', 'services'),
      Promise.all(MEASURED.map((name) => this.publishers(this.robot.resolve(name)))),
      ...TOPICS.map((part) => this.publishers(this.fullName(part))),
    ]);
    this.services.value = services && new Set(services);
    const next: Partial<Record<Part, PartState>> = {};
    for (const part of NAMES) {
      const { kind } = PARTS[part];
      const full = this.fullName(part);
      if (kind === 'topic') {
        const found = publishers[TOPICS.indexOf(part)];
        next[part] = found ? (found.length > 0 ? 'running' : 'absent') : 'unknown';
      } else {
        const found = kind === 'action' ? actions : services;
        next[part] = found ? (found.includes(full) ? 'running' : 'absent') : 'unknown';
      }
    }
    this.states.value = next;
    const sources = measured.flatMap((nodes) => nodes ?? []);
    this.isReplayed.value = isReplay(next.robot === 'running', sources, this.isReplayed.value);
  }

  private publishers(topic: string): Promise<string[] | undefined> {
    return listed(this.robot.link, 'publishers', 'publishers', { topic });
  }

  private fullName(part: Part): string {
    const { robot } = this;
    return part === 'monitor' ? robot.atHome(PARTS.monitor.name) : robot.resolve(PARTS[part].name);
  }
}
