/** The messages the page reads and writes, as rosbridge sends them; only the fields it uses. */

export interface Time {
  sec: number;
  nanosec: number;
}
export interface Header {
  stamp: Time;
  frame_id: string;
}
export interface Vector3 {
  x: number;
  y: number;
  z: number;
}
export interface Quaternion extends Vector3 {
  w: number;
}
export interface Pose {
  position: Vector3;
  orientation: Quaternion;
}
export interface PoseStamped {
  header: Header;
  pose: Pose;
}
export interface JointState {
  header: Header;
  name: string[];
  position: number[];
}
export interface TransformStamped {
  header: Header;
  child_frame_id: string;
  transform: { translation: Vector3; rotation: Quaternion };
}
export interface TFMessage {
  transforms: TransformStamped[];
}
export interface CompressedImage {
  header: Header;
  format: string;
  data: Uint8Array | string;
}
export interface BodyTarget {
  header: Header;
  has_head: boolean;
  head: Pose;
  has_antennas: boolean;
  left_antenna: number;
  right_antenna: number;
  has_body_yaw: boolean;
  body_yaw: number;
}
export type Motors = 'on' | 'off' | 'compliant';
export interface RobotStatus {
  source: 'simulation' | 'hardware' | string;
  connected: boolean;
  motors: Motors | string;
  emergency_stopped: boolean;
  command_age: number;
  clipped: string[];
  real_time_factor: number | null;
  detail: string;
}
export interface MotionStatus {
  active: string;
  layers: string[];
  name: string;
  progress: number;
  clipped: string[];
  last_end: string;
  detail: string;
}
export interface Emotion {
  name: string;
  intensity: number;
}
export interface Transcript {
  text: string;
  language: string;
  final: boolean;
  confidence: number;
  engine: string;
}
/** s after the end of speech, -1 for what did not happen. */
export interface TurnTiming {
  utterance: number;
  transcript: number;
  motion_begins: number;
  answer_begins: number;
  sound_begins: number;
}
export interface VoiceActivity {
  speaking: boolean;
  probability: number;
}
export interface ChatReply {
  conversation: string;
  text: string;
  emotion: string;
  engine: string;
}
export interface BehaviorStatus {
  state: string;
  name: string;
  stage: string;
  progress: number;
  queue: string[];
  last_end: string;
}
export interface BehaviorInfo {
  name: string;
  description: string;
  /** JSON schema of its parameters. */
  parameters: string;
  available: boolean;
  unavailable_reason: string;
}
export type ModelState = 'unloaded' | 'loading' | 'ready' | 'busy' | 'failed';
export interface ModelStatus {
  name: string;
  owner: string;
  engine: string;
  state: ModelState | string;
  memory_mb: number;
  idle: number;
  loads: number;
  evictions: number;
  error: string;
  idle_left: number;
  pinned: boolean;
  progress: number;
  stage: string;
  device: string;
}
export interface ProcessMetrics {
  name: string;
  pid: number;
  cpu: number;
  rss_mb: number;
  uss_mb: number;
  threads: number;
  uptime: number;
  restarts: number;
}
export interface TopicMetrics {
  name: string;
  rate: number;
  period_max: number;
}
export interface Metrics {
  header: Header;
  processes: ProcessMetrics[];
  topics: TopicMetrics[];
  cpu: number;
  uss_mb: number;
  model_memory_mb: number;
  memory_budget_mb: number;
  machine_cpu: number;
  machine_memory_available_mb: number;
}
export interface DiagnosticStatus {
  level: number | string;
  name: string;
  message: string;
  hardware_id: string;
  values: { key: string; value: string }[];
}
export interface DiagnosticArray {
  header: Header;
  status: DiagnosticStatus[];
}
export interface LogRecord {
  stamp: Time;
  level: number;
  name: string;
  msg: string;
}
/** -1 stands for what is unknown or not measured. */
export interface Person {
  id: string;
  visible: boolean;
  distance: number;
  distance_deviation: number;
  unseen: number;
  /** m, in head_neutral. */
  position: Vector3;
  gesture: string;
  smile: number;
  mouth_open: number;
  gaze_yaw: number;
  gaze_pitch: number;
  has_gaze: boolean;
}
export interface PersonArray {
  header: Header;
  people: Person[];
}
export interface Detection2DArray {
  header: Header;
  detections: {
    results: { hypothesis: { class_id: string; score: number } }[];
    id: string;
  }[];
}
export type FollowState = 'following' | 'waiting' | 'searching' | 'resting';
export interface FollowFeedback {
  state: FollowState | string;
  target: string;
  /** rad, -1 when the target is not seen. */
  error: number;
}
export interface SceneDescription extends Answer {
  summary: string;
  people: PersonArray;
  objects: Detection2DArray;
  caption: string;
}
export interface BridgeClients {
  clients: {
    id: number;
    address: string;
    connected_for: number;
    messages_out: number;
    bytes_out: number;
    dropped: number;
    backlog: number;
  }[];
  total: number;
  refused: number;
}
export interface Answer {
  success: boolean;
  message: string;
}

export const NO_HEADER: Header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
