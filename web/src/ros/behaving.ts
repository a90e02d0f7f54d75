/** Behaviors: which there are, starting one, ending whatever runs. */

import { signal } from '@preact/signals';
import type { Goal } from './calls';
import type { Answer, BehaviorInfo } from './messages';
import type { Robot } from './robot';

interface Listing extends Answer {
  behaviors: BehaviorInfo[];
}

export class Behaving {
  /** Sorted by name; undefined until the node has told them. */
  readonly known = signal<BehaviorInfo[] | undefined>(undefined);
  private readonly own = new Map<string, Goal<Answer>>();

  constructor(private readonly robot: Robot) {}

  async refresh(): Promise<void> {
    const { success, message, behaviors } = await this.robot.call<Listing>('behavior/list', {
      filter: '',
    });
    if (!success) throw new Error(message);
    this.known.value = behaviors;
  }

  /**
   * Runs a behavior to its end; rejects with the robot's reason when it is refused or fails.
   * `onBegun` is called once it is under way.
   */
  async run(name: string, parameters: object, onBegun?: () => void): Promise<void> {
    const goal = this.robot.goal<Answer>(
      'behave',
      'Behave',
      { name, parameters: JSON.stringify(parameters), priority: 0 },
      onBegun,
    );
    this.own.set(name, goal);
    try {
      const { success, message } = await goal.result;
      if (!success && this.own.get(name) === goal) throw new Error(message);
    } finally {
      if (this.own.get(name) === goal) this.own.delete(name);
    }
  }

  /**
   * Ends the behavior that runs, whoever asked for it; those that others have queued end with it.
   * Returns false where nobody did, because the robot began it by itself.
   */
  async stop(name: string): Promise<boolean> {
    const goal = this.own.get(name);
    if (goal) {
      this.own.delete(name); // an end that was asked for is no error
      goal.cancel();
      return true;
    }
    // Without an id all goals of the action are meant, also those of other clients.
    const { goals_canceling } = await this.robot.call<{ goals_canceling: unknown[] }>(
      'behave/_action/cancel_goal',
      { goal_info: {} },
    );
    return goals_canceling.length > 0;
  }
}
