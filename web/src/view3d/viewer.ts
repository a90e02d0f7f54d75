/** Keeps the 3D picture in step with the robot; loaded only when the panel is shown. */

import { effect, signal } from '@preact/signals';
import type { Robot } from '../ros/robot';
import { Frames } from './frames';
import { Model } from './model';
import { Stage } from './stage';

export type ViewerNote = '' | 'loading' | 'simple' | 'frames';

const DESCRIPTION_WAIT_MS = 4000;

export class Viewer {
  readonly note = signal<ViewerNote>('loading');
  private readonly stage: Stage;
  private model: Model | undefined;
  private urdf = '';
  private hasSimpleShapes = false;
  private readonly endings: (() => void)[] = [];

  /** Throws when the browser has no WebGL. */
  constructor(
    holder: HTMLElement,
    private readonly robot: Robot,
  ) {
    this.stage = new Stage(holder);
    this.endings.push(robot.description.retain());
    this.endings.push(
      effect(() => {
        const description = robot.description.value.value;
        if (description && description.data !== this.urdf) this.build(description.data);
      }),
      effect(() => {
        // Meshes that were lost with the connection are asked for again.
        if (robot.link.connected.value && this.model?.missing) this.build(this.urdf);
      }),
      effect(() => {
        const state = robot.joints.value.value;
        if (state && this.model?.pose(state)) this.stage.redraw();
      }),
    );
    const timer = setTimeout(() => {
      if (!this.model) this.showFrames();
    }, DESCRIPTION_WAIT_MS);
    this.endings.push(() => clearTimeout(timer));
  }

  reset(): void {
    this.stage.reset();
  }

  dispose(): void {
    for (const end of this.endings) end();
    this.stage.dispose();
  }

  private build(urdf: string): void {
    this.urdf = urdf;
    this.hasSimpleShapes = false;
    if (this.model) this.stage.scene.remove(this.model.robot);
    const model = Model.from(urdf, () => this.meshArrived());
    this.model = model;
    this.stage.scene.add(model.robot);
    const state = this.robot.joints.value.peek();
    if (state) model.pose(state);
    this.note.value = model.pending > 0 ? 'loading' : '';
    this.stage.redraw();
  }

  private meshArrived(): void {
    if (this.model && this.model.missing > 0 && !this.hasSimpleShapes) {
      this.hasSimpleShapes = true;
      this.model.addSimpleShapes();
    }
    if (this.model?.pending === 0) this.note.value = this.hasSimpleShapes ? 'simple' : '';
    this.stage.redraw();
  }

  private showFrames(): void {
    this.note.value = 'frames';
    const frames = new Frames();
    this.stage.scene.add(frames.root);
    const take = (message: Parameters<Frames['take']>[0]): void => {
      if (this.model) frames.root.removeFromParent();
      else frames.take(message);
      this.stage.redraw();
    };
    this.endings.push(this.robot.tfStatic.retain(take), this.robot.tf.retain(take));
  }
}
