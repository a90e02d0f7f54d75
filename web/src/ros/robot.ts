/**
 * Every topic, service and action of the contract that the page uses, under the robot's namespace.
 * What is said of the computer, `metrics` and `bridge/clients`, is at home, in the bridge's.
 */

import { callService, sendGoal } from './calls';
import type { Goal } from './calls';
import { Feed } from './feed';
import type { FeedOptions } from './feed';
import type { Link } from './link';
import type * as m from './messages';
import { resolved } from './names';

const LATCHED = { latched: true, staleAfter: 0 };
const PICTURES = { throttle: 40, compression: 'cbor' } as const;

export class Robot {
  readonly status: Feed<m.RobotStatus>;
  readonly motion: Feed<m.MotionStatus>;
  readonly headPose: Feed<m.PoseStamped>;
  readonly joints: Feed<m.JointState>;
  readonly description: Feed<{ data: string }>;
  readonly tf: Feed<m.TFMessage>;
  readonly tfStatic: Feed<m.TFMessage>;
  readonly camera: Feed<m.CompressedImage>;
  readonly annotated: Feed<m.CompressedImage>;
  readonly people: Feed<m.PersonArray>;
  readonly objects: Feed<m.Detection2DArray>;
  readonly emotion: Feed<m.Emotion>;
  readonly transcript: Feed<m.Transcript>;
  readonly turn: Feed<m.TurnTiming>;
  readonly activity: Feed<m.VoiceActivity>;
  readonly speaking: Feed<{ data: boolean }>;
  readonly reply: Feed<m.ChatReply>;
  readonly behavior: Feed<m.BehaviorStatus>;
  readonly models: Feed<m.ModelStatus>;
  readonly metrics: Feed<m.Metrics>;
  readonly diagnostics: Feed<m.DiagnosticArray>;
  readonly log: Feed<m.LogRecord>;
  readonly clients: Feed<m.BridgeClients>;

  constructor(
    readonly link: Link,
    readonly namespace: string,
    readonly home = namespace,
  ) {
    const feed = <T>(name: string, type: string, options: Partial<FeedOptions> = {}): Feed<T> =>
      new Feed<T>(link, { name: resolved(namespace, name), type, ...options });
    this.status = feed('robot_status', 'bbia_msgs/msg/RobotStatus', LATCHED);
    this.motion = feed('motion/status', 'bbia_msgs/msg/MotionStatus', {
      throttle: 100,
      latched: true,
      staleAfter: 0,
    });
    this.headPose = feed('head_pose', 'geometry_msgs/msg/PoseStamped', { throttle: 50 });
    this.joints = feed('joint_states', 'sensor_msgs/msg/JointState', { throttle: 33 });
    this.description = feed('robot_description', 'std_msgs/msg/String', LATCHED);
    this.tf = feed('tf', 'tf2_msgs/msg/TFMessage', { throttle: 50 });
    this.tfStatic = feed('tf_static', 'tf2_msgs/msg/TFMessage', LATCHED);
    this.camera = feed('camera/image_raw/compressed', 'sensor_msgs/msg/CompressedImage', PICTURES);
    // Whoever subscribes to one of these makes the robot look: only at a person's wish.
    this.annotated = feed(
      'vision/annotated/compressed',
      'sensor_msgs/msg/CompressedImage',
      PICTURES,
    );
    this.people = feed('vision/people', 'bbia_msgs/msg/PersonArray', { throttle: 66 });
    this.objects = feed('vision/objects', 'vision_msgs/msg/Detection2DArray', { throttle: 200 });
    this.emotion = feed('emotion', 'bbia_msgs/msg/Emotion', LATCHED);
    this.transcript = feed('speech/transcript', 'bbia_msgs/msg/Transcript', { staleAfter: 0 });
    this.turn = feed('speech/turn', 'bbia_msgs/msg/TurnTiming', { staleAfter: 0 });
    this.activity = feed('speech/activity', 'bbia_msgs/msg/VoiceActivity', { throttle: 100 });
    this.speaking = feed('speech/speaking', 'std_msgs/msg/Bool', { staleAfter: 0 });
    this.reply = feed('chat/reply', 'bbia_msgs/msg/ChatReply', { staleAfter: 0 });
    this.behavior = feed('behavior/status', 'bbia_msgs/msg/BehaviorStatus', LATCHED);
    this.models = feed('models/status', 'bbia_msgs/msg/ModelStatus', LATCHED);
    this.metrics = feed(this.atHome('metrics'), 'bbia_msgs/msg/Metrics', { staleAfter: 10000 });
    this.diagnostics = feed('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', {
      staleAfter: 10000,
    });
    this.log = feed('/rosout', 'rcl_interfaces/msg/Log', { staleAfter: 0 });
    this.clients = feed(this.atHome('bridge/clients'), 'bbia_msgs/msg/BridgeClients', LATCHED);
  }

  resolve(name: string): string {
    return resolved(this.namespace, name);
  }

  /** The full name of what the bridge and the monitor beside it offer. */
  atHome(name: string): string {
    return resolved(this.home, name);
  }

  call<T = m.Answer>(service: string, args: object = {}, timeout?: number): Promise<T> {
    return callService<T>(this.link, this.resolve(service), args, timeout);
  }

  /** Calls a service that answers with success and message; rejects when there is no success. */
  async order(service: string, args: object = {}, timeout?: number): Promise<string> {
    const answer = await this.call<m.Answer>(service, args, timeout);
    if (!answer.success) throw new Error(answer.message);
    return answer.message;
  }

  goal<R extends object = m.Answer, F = unknown>(
    action: string,
    type: string,
    args: object,
    onFeedback?: (feedback: F) => void,
  ): Goal<R> {
    const full = `bbia_msgs/action/${type}`;
    return sendGoal<R, F>(this.link, this.resolve(action), full, args, onFeedback);
  }
}
