/**
 * An order to stop that is asked for again until it is answered, and at once after a reconnection
 * if it could not be delivered.
 */

import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

export type Delivery = 'idle' | 'sending' | 'undelivered';

export const ANSWER_WITHIN_MS = 700;
const RETRY_MS = 300;

export class StopOrder {
  readonly delivery = signal<Delivery>('idle');
  /** Whether the order was tried in vain and is still wanted. */
  readonly isFailing = signal(false);

  /** `ask` sends the order once and tells whether it was obeyed. */
  constructor(
    private readonly connected: ReadonlySignal<boolean>,
    private readonly ask: () => Promise<boolean>,
  ) {
    connected.subscribe((isConnected) => {
      if (isConnected && this.delivery.value !== 'idle') void this.deliver();
      else if (!isConnected && this.isBeingSent) this.end('undelivered');
    });
  }

  press(): void {
    if (!this.isBeingSent) void this.deliver();
  }

  /** Gives up an order that could not be delivered. */
  forget(): void {
    this.end('idle');
  }

  private async deliver(): Promise<void> {
    this.delivery.value = 'sending';
    while (this.isBeingSent) {
      if (!this.connected.value) {
        this.end('undelivered');
        return;
      }
      if (await this.tried()) {
        this.end('idle');
        return;
      }
      if (this.isBeingSent) this.isFailing.value = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private get isBeingSent(): boolean {
    return this.delivery.value === 'sending';
  }

  private end(delivery: Exclude<Delivery, 'sending'>): void {
    this.delivery.value = delivery;
    this.isFailing.value = delivery === 'undelivered';
  }

  private async tried(): Promise<boolean> {
    try {
      return await this.ask();
    } catch {
      return false; // it is asked again, and the page says that it has not been delivered
    }
  }
}
