/** The goal of this page that keeps the robot's eyes on somebody; a new one takes its place. */

import { signal } from '@preact/signals';
import type { Goal } from './calls';
import type { Answer, FollowFeedback } from './messages';
import type { Robot } from './robot';

/** Target that is the nearest face, whoever it is. */
export const NEAREST = 'face';

export class Following {
  /** What was asked for, such as 'face' or 'face:3'; undefined: nothing is followed. */
  readonly target = signal<string | undefined>(undefined);
  readonly feedback = signal<FollowFeedback | undefined>(undefined);
  private goal: Goal<Answer> | undefined;

  constructor(private readonly robot: Robot) {}

  /** Follows until `stop` or another target; rejects with the reason when it ends before. */
  async follow(target: string): Promise<void> {
    const goal: Goal<Answer> = this.robot.goal<Answer, FollowFeedback>(
      'follow',
      'Follow',
      { target, timeout: 0, keep: true },
      (feedback) => {
        if (this.goal === goal) this.feedback.value = feedback;
      },
    );
    this.begin(goal, target);
    try {
      const { success, message } = await goal.result;
      if (!success && this.goal === goal) throw new Error(message);
    } catch (error) {
      if (this.goal === goal) throw error;
    } finally {
      if (this.goal === goal) this.begin(undefined, undefined);
    }
  }

  /** The end that comes of it is nobody's error. */
  stop(): void {
    this.goal?.cancel();
    this.begin(undefined, undefined);
  }

  private begin(goal: Goal<Answer> | undefined, target: string | undefined): void {
    this.goal = goal;
    this.target.value = target;
    this.feedback.value = undefined;
  }
}
