/** The emergency stop of the robot that the page shows. */

import { computed } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Answer } from './messages';
import type { Robot } from './robot';
import { ANSWER_WITHIN_MS, StopOrder } from './stop-order';
import type { Delivery } from './stop-order';
import type { Teleoperation } from './teleoperation';

export class EmergencyStop {
  readonly delivery: ReadonlySignal<Delivery>;
  /** Whether it was asked for in vain and is still wanted. */
  readonly isFailing: ReadonlySignal<boolean>;
  readonly isStopped = computed(() => this.robot.status.value.value?.emergency_stopped ?? false);
  private readonly order: StopOrder;

  constructor(
    private readonly robot: Robot,
    private readonly teleoperation: Teleoperation,
  ) {
    this.order = new StopOrder(robot.link.connected, async () => {
      const answer = await robot.call<Answer>('emergency_stop', {}, ANSWER_WITHIN_MS);
      return answer.success;
    });
    this.delivery = this.order.delivery;
    this.isFailing = this.order.isFailing;
  }

  press(): void {
    this.teleoperation.releaseAll();
    this.order.press();
  }

  /** Gives up a stop that could not be delivered. */
  forget(): void {
    this.order.forget();
  }

  async rearm(): Promise<string> {
    return this.robot.order('rearm');
  }
}
