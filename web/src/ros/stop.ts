/**
 * The emergency stop: asked for again until the robot answers, and at once after a reconnection if
 * it could not be delivered.
 */

import { computed, signal } from '@preact/signals';
import type { Answer } from './messages';
import type { Robot } from './robot';
import type { Teleoperation } from './teleoperation';

export type Delivery = 'idle' | 'sending' | 'undelivered';

const ANSWER_WITHIN_MS = 700;
const RETRY_MS = 300;

export class EmergencyStop {
  readonly delivery = signal<Delivery>('idle');
  readonly isStopped = computed(() => this.robot.status.value.value?.emergency_stopped ?? false);

  constructor(
    private readonly robot: Robot,
    private readonly teleoperation: Teleoperation,
  ) {
    robot.link.connected.subscribe((connected) => {
      if (connected && this.delivery.value !== 'idle') void this.deliver();
      else if (!connected && this.delivery.value === 'sending') {
        this.delivery.value = 'undelivered';
      }
    });
  }

  press(): void {
    this.teleoperation.releaseAll();
    if (this.delivery.value === 'sending') return;
    void this.deliver();
  }

  /** Gives up a stop that could not be delivered. */
  forget(): void {
    this.delivery.value = 'idle';
  }

  async rearm(): Promise<string> {
    return this.robot.order('rearm');
  }

  private async deliver(): Promise<void> {
    this.delivery.value = 'sending';
    while (this.delivery.value === 'sending') {
      if (!this.robot.link.connected.value) {
        this.delivery.value = 'undelivered';
        return;
      }
      if (await this.tried()) {
        this.delivery.value = 'idle';
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private async tried(): Promise<boolean> {
    try {
      const answer = await this.robot.call<Answer>('emergency_stop', {}, ANSWER_WITHIN_MS);
      return answer.success;
    } catch {
      return false; // it is asked again, and the button says that it has not been delivered
    }
  }
}
