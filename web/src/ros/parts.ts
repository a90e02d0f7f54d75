/**
 * Which parts of the stack run, found from the ROS graph through rosapi. A server without rosapi
 * leaves the question open: the panels then stay usable, and a value that arrives is proof enough.
 */

import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { callService } from './calls';
import type { Robot } from './robot';

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

const POLL_MS = 4000;
const NAMES = Object.keys(PARTS) as Part[];
const TOPICS = NAMES.filter((part) => PARTS[part].kind === 'topic');

export class Parts {
  private readonly states = signal<Partial<Record<Part, PartState>>>({});
  /** Services there are; undefined while unknown. */
  readonly services = signal<ReadonlySet<string> | undefined>(undefined);
  private asking = false;

  constructor(private readonly robot: Robot) {
    effect(() => {
      if (robot.link.connected.value) void this.ask();
    });
    setInterval(() => {
      if (!document.hidden) void this.ask();
    }, POLL_MS);
  }

  state(part: Part): PartState {
    return this.states.value[part] ?? 'unknown';
  }

  isAbsent(part: Part): ReadonlySignal<boolean> {
    return computed(() => this.state(part) === 'absent');
  }

  private async ask(): Promise<void> {
    if (this.asking || !this.robot.link.connected.value) return;
    this.asking = true;
    const [actions, services, ...publishers] = await Promise.all([
      this.list('action_servers', 'action_servers'),
      this.list('services', 'services'),
      ...TOPICS.map((part) =>
        this.list('publishers', 'publishers', { topic: this.robot.resolve(PARTS[part].name) }),
      ),
    ]);
    this.asking = false;
    this.services.value = services && new Set(services);
    const next: Partial<Record<Part, PartState>> = {};
    for (const part of NAMES) {
      const { kind, name } = PARTS[part];
      const full = this.robot.resolve(name);
      if (kind === 'topic') {
        const found = publishers[TOPICS.indexOf(part)];
        next[part] = found ? (found.length > 0 ? 'running' : 'absent') : 'unknown';
      } else {
        const found = kind === 'action' ? actions : services;
        next[part] = found ? (found.includes(full) ? 'running' : 'absent') : 'unknown';
      }
    }
    this.states.value = next;
  }

  private async list(
    service: string,
    field: string,
    args: object = {},
  ): Promise<string[] | undefined> {
    try {
      const answer = await callService<Record<string, string[]>>(
        this.robot.link,
        `/rosapi/${service}`,
        args,
      );
      return answer[field];
    } catch {
      return undefined; // no rosapi, or an older one: the question stays open
    }
  }
}
