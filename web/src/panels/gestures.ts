/** Ready-made movements: going home, looking around, looking at a pixel, emotions, moves. */

import { signal } from '@preact/signals';
import { app } from '../app';
import { named, t } from '../i18n';
import { DEGREE, antennaJoint, poseFrom } from '../maths/pose';
import type { Goal } from '../ros/calls';
import type { Answer, BodyTarget, Vector3 } from '../ros/messages';
import { NO_HEADER } from '../ros/messages';
import { NEUTRAL } from '../ros/axes';
import type { Axes } from '../ros/axes';

/** The goal that this page has under way, if any. */
export const running = signal<Goal<Answer> | undefined>(undefined);

const AROUND: readonly Partial<Axes>[] = [
  { yaw: 38 * DEGREE, pitch: -6 * DEGREE, body: 12 * DEGREE },
  { yaw: -38 * DEGREE, pitch: 4 * DEGREE, body: -12 * DEGREE },
  {},
];

function target(axes: Axes): BodyTarget {
  const { roll, pitch, yaw, height, body } = axes;
  return {
    header: { ...NO_HEADER, frame_id: 'head_neutral' },
    has_head: true,
    head: poseFrom({ roll, pitch, yaw }, height),
    has_antennas: true,
    left_antenna: antennaJoint('left', axes.left),
    right_antenna: antennaJoint('right', axes.right),
    has_body_yaw: true,
    body_yaw: body,
  };
}

/** That of `cmd_body`: what a person asks for here takes over from a pad just let go. */
const PRIORITY = 100;

/** Runs a goal of the motion node; a reason why it did not succeed is an error. */
async function run(action: string, type: string, args: object): Promise<boolean> {
  const goal = app().robot.goal<Answer>(action, type, { ...args, priority: PRIORITY });
  running.value = goal;
  try {
    const { success, message } = await goal.result;
    const wasReplaced = running.value !== goal || app().stop.isStopped.value;
    if (!success && !wasReplaced && !isOurEnd(message)) throw new Error(message);
    return success;
  } finally {
    if (running.value === goal) running.value = undefined;
  }
}

/** Ends that a person caused on purpose need no message. */
function isOurEnd(message: string): boolean {
  return /replaced by|cancel/i.test(message);
}

function goTo(axes: Partial<Axes>, duration: number): Promise<boolean> {
  const interpolation = 'minjerk';
  const args = { target: target({ ...NEUTRAL, ...axes }), duration, interpolation };
  return run('go_to', 'GoTo', args);
}

export async function goHome(): Promise<void> {
  await goTo({}, 0.8);
}

export async function lookAround(): Promise<void> {
  for (const axes of AROUND) {
    if (!(await goTo(axes, 0.9))) return;
  }
}

export async function feel(name: string, intensity: number): Promise<void> {
  await run('play_emotion', 'PlayEmotion', { name, intensity });
}

export async function playMove(name: string): Promise<void> {
  await run('play_move', 'PlayMove', { name });
}

/** Looks at a pixel of the newest camera picture. */
export async function lookAtPixel(x: number, y: number): Promise<void> {
  const args = { has_pixel: true, pixel_x: x, pixel_y: y, duration: 0.6 };
  await run('look_at', 'LookAt', args);
}

/** Looks at a point in head_neutral, m. */
export async function lookAtPoint(point: Vector3): Promise<void> {
  const header = { ...NO_HEADER, frame_id: 'head_neutral' };
  await run('look_at', 'LookAt', { point: { header, point }, duration: 0.6 });
}

/** Says in words what the motion node does. */
export function motionText(): string {
  const status = app().robot.motion.value.value;
  if (app().stop.isStopped.value) return t('stop.stoppedShort');
  if (!status?.active) return t('motion.idle');
  const name = status.name && spoken(status.active, status.name);
  switch (status.active) {
    case 'play_emotion':
      return t('motion.play_emotion', { name });
    case 'play_move':
      return t('motion.play_move', { name });
    case 'cmd_body':
    case 'cmd_gaze':
    case 'go_to':
    case 'look_at':
    case 'safe_start':
      return t(`motion.${status.active}`);
    default:
      return status.active.replaceAll('_', ' ');
  }
}

function spoken(active: string, name: string): string {
  return named(active === 'play_emotion' ? 'emotion' : 'move', name);
}
