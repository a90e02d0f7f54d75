/** The robot as the tree of its frames, from /tf and /tf_static alone. */

import * as three from 'three';
import type { TFMessage } from '../ros/messages';

const MAX_FRAMES = 300;
const KNOT_M = 0.005;

export class Frames {
  readonly root = new three.Group();
  private readonly frames = new Map<string, three.Group>();
  private readonly lines = new Map<string, three.Line>();
  private readonly knot = new three.SphereGeometry(KNOT_M, 12, 8);
  private readonly material = new three.MeshStandardMaterial({ color: 0x5aa6a8 });

  take({ transforms }: TFMessage): void {
    for (const { header, child_frame_id, transform } of transforms) {
      const parent = this.frame(header.frame_id);
      const child = this.frame(child_frame_id);
      if (!parent || !child || parent === child) continue;
      const { translation: p, rotation: q } = transform;
      child.position.set(p.x, p.y, p.z);
      child.quaternion.set(q.x, q.y, q.z, q.w);
      if (child.parent !== parent) parent.add(child);
      this.connect(child_frame_id, parent, child.position);
    }
  }

  private frame(name: string): three.Group | undefined {
    let group = this.frames.get(name);
    if (!group && this.frames.size < MAX_FRAMES) {
      group = new three.Group();
      group.add(new three.Mesh(this.knot, this.material));
      this.frames.set(name, group);
      this.root.add(group);
    }
    return group;
  }

  private connect(child: string, parent: three.Group, to: three.Vector3): void {
    let line = this.lines.get(child);
    if (!line) {
      line = new three.Line(
        new three.BufferGeometry().setFromPoints([new three.Vector3(), to]),
        new three.LineBasicMaterial({ color: 0x7f8b96 }),
      );
      this.lines.set(child, line);
    }
    if (line.parent !== parent) parent.add(line);
    line.geometry.setFromPoints([new three.Vector3(), to]);
    line.geometry.computeBoundingSphere();
  }
}
