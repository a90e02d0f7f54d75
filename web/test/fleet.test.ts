import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressOf, namespacesOf } from '../src/ros/fleet';
import { StopOrder } from '../src/ros/stop-order';

describe('the robots of a graph', () => {
  it('are the namespaces of their status, ordered as people count', () => {
    const topics = ['/robot_10/robot_status', '/robot_2/robot_status', '/lab/a/robot_status'];
    expect(namespacesOf(topics)).toEqual(['/lab/a', '/robot_2', '/robot_10']);
  });

  it('are one without a namespace where there is none', () => {
    expect(namespacesOf(['/robot_status'])).toEqual(['']);
  });

  it('are not topics that are called otherwise', () => {
    expect(namespacesOf(['/a/robot_status/more', '/a/my_robot_status', 'robot_status'])).toEqual(
      [],
    );
  });

  it('have an address each that keeps what else the address says', () => {
    expect(addressOf('/robot_2', '?ws=ws://here:5&ns=robot_1')).toBe(
      '?ws=ws%3A%2F%2Fhere%3A5&ns=robot_2',
    );
    expect(addressOf('', '')).toBe('?ns=%2F');
  });
});

describe('an order to stop', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is asked for again until it is obeyed', async () => {
    const answers = [false, false, true];
    const ask = vi.fn(async () => answers.shift() ?? true);
    const order = new StopOrder(signal(true), ask);
    order.press();
    await vi.advanceTimersByTimeAsync(100);
    expect(order.isFailing.value).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(order.delivery.value).toBe('idle');
    expect(order.isFailing.value).toBe(false);
  });

  it('that fails is asked for again', async () => {
    const ask = vi.fn(async () => true).mockRejectedValueOnce(new Error('no answer'));
    const order = new StopOrder(signal(true), ask);
    order.press();
    await vi.advanceTimersByTimeAsync(1000);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(order.delivery.value).toBe('idle');
  });

  it('waits for the connection, and can be withdrawn', async () => {
    const connected = signal(false);
    const ask = vi.fn(async () => true);
    const order = new StopOrder(connected, ask);
    order.press();
    await vi.advanceTimersByTimeAsync(1000);
    expect([order.delivery.value, ask.mock.calls.length]).toEqual(['undelivered', 0]);
    order.forget();
    connected.value = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(ask).not.toHaveBeenCalled();
    connected.value = false;
    order.press();
    connected.value = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect([order.delivery.value, ask.mock.calls.length]).toEqual(['idle', 1]);
  });
});
