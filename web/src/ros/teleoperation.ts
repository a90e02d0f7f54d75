/**
 * Moving the robot by hand: `cmd_body` is streamed while a control is held, and no moment longer.
 *
 * Head yaw is counted from the body, so that the head comes along when the body turns. What a
 * control does not touch stays where it was asked to be, or where it is if something else moved it.
 */

import { computed, signal } from '@preact/signals';
import { Topic } from 'roslib';
import { DEGREE, clamp } from '../maths/pose';
import { AXES, NEUTRAL, RANGES, bodyTarget, measuredAxes } from './axes';
import type { Axes, Axis, Group } from './axes';
import type { BodyTarget } from './messages';
import type { Parts } from './parts';
import type { Robot } from './robot';

const STREAM_PERIOD_MS = 33;
/** How far from the wanted value a measured one may be for the wanted one to be kept. */
const KEPT_WITHIN: Readonly<Record<Axis, number>> = {
  yaw: 3 * DEGREE,
  pitch: 3 * DEGREE,
  roll: 3 * DEGREE,
  height: 0.003,
  left: 6 * DEGREE,
  right: 6 * DEGREE,
  body: 3 * DEGREE,
};

export class Teleoperation {
  readonly held = signal<ReadonlySet<Group>>(new Set());
  private readonly wanted = signal<Axes>(NEUTRAL);
  readonly measured = computed<Axes | undefined>(() => {
    const pose = this.robot.headPose.value.value;
    const joints = this.robot.joints.value.value;
    return pose && joints && measuredAxes(pose, joints);
  });
  /** What the controls show: the wanted place while held, else where the robot is. */
  readonly shown = computed<Axes>(() =>
    this.held.value.size > 0 ? this.wanted.value : (this.measured.value ?? NEUTRAL),
  );

  private readonly topic: Topic<BodyTarget>;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly endings = new Map<Group, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly robot: Robot,
    private readonly parts: Parts,
  ) {
    this.topic = new Topic<BodyTarget>({
      ros: robot.link.ros,
      name: robot.resolve('cmd_body'),
      messageType: 'bbia_msgs/msg/BodyTarget',
      queue_size: 1,
    });
    this.topic.advertise(); // now, so that the first target of a stream finds its reader
    addEventListener('blur', () => this.releaseAll());
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.releaseAll();
    });
    robot.link.connected.subscribe((connected) => {
      if (!connected) this.releaseAll();
    });
  }

  /** Holds a group and asks for new values of some axes, which are brought into their ranges. */
  hold(group: Group, change: Partial<Axes>): void {
    if (!this.robot.link.connected.value || this.isStopped) return;
    if (this.parts.isReplayed.value) return;
    clearTimeout(this.endings.get(group));
    const wanted = this.held.value.has(group) ? { ...this.wanted.value } : this.startingPoint();
    for (const axis of AXES) {
      const value = change[axis];
      if (value !== undefined) wanted[axis] = clamp(value, ...RANGES[axis]);
    }
    this.wanted.value = wanted;
    if (!this.held.value.has(group)) this.held.value = new Set([...this.held.value, group]);
    if (this.timer === undefined) {
      this.timer = setInterval(() => this.send(), STREAM_PERIOD_MS);
      this.send();
    }
  }

  /** Lets a group go, at once or after some ms (a key that was tapped still has to arrive). */
  release(group: Group, after = 0): void {
    clearTimeout(this.endings.get(group));
    if (after > 0) {
      this.endings.set(
        group,
        setTimeout(() => this.release(group), after),
      );
      return;
    }
    if (!this.held.value.has(group)) return;
    this.held.value = new Set([...this.held.value].filter((other) => other !== group));
    if (this.held.value.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  releaseAll(): void {
    for (const group of [...this.held.value]) this.release(group);
  }

  private get isStopped(): boolean {
    return this.robot.status.value.value?.emergency_stopped ?? false;
  }

  private startingPoint(): Axes {
    const measured = this.measured.value;
    if (!measured) return { ...this.wanted.value };
    const start = { ...measured };
    for (const axis of AXES) {
      const isKept = Math.abs(this.wanted.value[axis] - measured[axis]) < KEPT_WITHIN[axis];
      start[axis] = clamp(isKept ? this.wanted.value[axis] : measured[axis], ...RANGES[axis]);
    }
    return start;
  }

  private send(): void {
    if (this.isStopped) this.releaseAll();
    else if (this.robot.link.canStream)
      this.topic.publish(bodyTarget(this.wanted.value, this.held.value));
  }
}
