/** Service calls and action goals as promises that always end. */

import type { Link } from './link';

export class CallError extends Error {}

let counter = 0;

interface Reply {
  op?: string;
  result?: boolean;
  values?: unknown;
  status?: number;
}

/** Calls a service; rejects with CallError when it fails, does not answer, or there is no link. */
export function callService<T>(
  link: Link,
  service: string,
  args: object = {},
  timeout = 5000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (!link.connected.value) {
      reject(new CallError('not connected'));
      return;
    }
    const id = `call:${++counter}`;
    const end = (): void => {
      clearTimeout(timer);
      link.ros.removeAllListeners(id);
    };
    const timer = setTimeout(() => {
      end();
      reject(new CallError(`${service}: no answer within ${timeout / 1000} s`));
    }, timeout);
    link.ros.on(id, (message) => {
      const reply = message as Reply;
      end();
      if (reply.result === false) reject(new CallError(`${service}: ${textOf(reply.values)}`));
      else resolve(reply.values as T);
    });
    link.send({ op: 'call_service', id, service, args, timeout: timeout / 1000 });
  });
}

export interface Goal<R> {
  /** The result of the action, also when it was cancelled or aborted. */
  result: Promise<R>;
  cancel: () => void;
}

/** Sends a goal; the promise rejects when it is refused or the connection ends before its end. */
export function sendGoal<R, F = unknown>(
  link: Link,
  action: string,
  type: string,
  args: object,
  onFeedback?: (feedback: F) => void,
): Goal<R> {
  const id = `goal:${Date.now()}:${++counter}`;
  const cancel = (): void => {
    link.send({ op: 'cancel_action_goal', id, action });
  };
  const result = new Promise<R>((resolve, reject) => {
    if (!link.connected.value) {
      reject(new CallError('not connected'));
      return;
    }
    const end = (): void => {
      link.ros.removeAllListeners(id);
      link.ros.off('close', lost);
    };
    const lost = (): void => {
      end();
      reject(new CallError(`${action}: the connection was lost`));
    };
    link.ros.on('close', lost);
    link.ros.on(id, (message) => {
      const reply = message as Reply;
      if (reply.op === 'action_feedback') {
        onFeedback?.(reply.values as F);
      } else if (reply.op === 'action_result') {
        end();
        if (reply.result === false) reject(new CallError(`${action}: ${textOf(reply.values)}`));
        else resolve(reply.values as R);
      }
    });
    link.send({
      op: 'send_action_goal',
      id,
      action,
      action_type: type,
      args,
      feedback: onFeedback !== undefined,
    });
  });
  return { result, cancel };
}

function textOf(values: unknown): string {
  return typeof values === 'string' ? values : JSON.stringify(values);
}
