/** The one robot that this page shows, made once the address of its server is known. */

import { Behaving } from './ros/behaving';
import { Collections } from './ros/collections';
import { Conversation } from './ros/conversation';
import { Fleet } from './ros/fleet';
import { Following } from './ros/following';
import { Link } from './ros/link';
import { Measurements } from './ros/measurements';
import { Parts } from './ros/parts';
import { Robot } from './ros/robot';
import { EmergencyStop } from './ros/stop';
import { Teleoperation } from './ros/teleoperation';
import type { Endpoint } from './state/config';

export class App {
  readonly link: Link;
  readonly robot: Robot;
  readonly parts: Parts;
  readonly teleoperation: Teleoperation;
  readonly stop: EmergencyStop;
  readonly conversation: Conversation;
  readonly behaving: Behaving;
  readonly following: Following;
  readonly fleet: Fleet;
  readonly collections: Collections;
  readonly measurements: Measurements;

  constructor({ url, namespace, home, token }: Endpoint) {
    this.link = new Link(url, token);
    this.robot = new Robot(this.link, namespace, home);
    this.parts = new Parts(this.robot);
    this.teleoperation = new Teleoperation(this.robot, this.parts);
    this.stop = new EmergencyStop(this.robot, this.teleoperation);
    this.conversation = new Conversation(this.robot);
    this.behaving = new Behaving(this.robot);
    this.following = new Following(this.robot);
    this.fleet = new Fleet(this.link, namespace);
    this.collections = new Collections(this.robot);
    this.measurements = new Measurements(this.robot);
    for (const feed of [this.robot.status, this.robot.motion, this.robot.emotion]) feed.retain();
    for (const feed of [this.robot.headPose, this.robot.joints]) feed.retain();
    this.link.connectNow();
  }
}

let made: App | undefined;

/** Returns the app; there is none before `startApp`. */
export function app(): App {
  if (!made) throw new Error('the app has not been started');
  return made;
}

export function startApp(endpoint: Endpoint): App {
  made = new App(endpoint);
  return made;
}
