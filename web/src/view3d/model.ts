/** The robot from its URDF: meshes where they are served, simple shapes where they are not. */

import * as three from 'three';
import { STLLoader } from 'three/addons/loaders/STLLoader.js';
import { toCreasedNormals } from 'three/addons/utils/BufferGeometryUtils.js';
import URDFLoader from 'urdf-loader';
import type { URDFRobot } from 'urdf-loader';
import type { JointState } from '../ros/messages';
import { meshAddress } from './addresses';

const CREASE_RAD = 0.6;
const DARKEST = 0.12;
const BONE_M = 0.004;
const KNOT_M = 0.007;

export class Model {
  /** Visual meshes that could not be had. */
  missing = 0;
  /** Visual meshes that are still on their way. */
  pending = 0;
  private readonly geometries = new Map<string, Promise<three.BufferGeometry>>();

  private constructor(readonly robot: URDFRobot) {}

  /** Builds the robot of a URDF; `onChange` is called as its meshes arrive. */
  static from(urdf: string, onChange: () => void): Model {
    const loader = new URDFLoader();
    const jobs: (() => Promise<void>)[] = [];
    let model: Model | undefined;
    loader.packages = (name) => `package://${name}`;
    loader.loadMeshCb = (address, _manager, material, done) => {
      jobs.push(async () => {
        const geometry = await model?.geometry(meshAddress(restored(address)));
        if (geometry) done(new three.Mesh(geometry, softened(material)));
      });
    };
    model = new Model(loader.parse(urdf));
    const made = model;
    made.pending = jobs.length;
    for (const job of jobs) {
      void job()
        .catch((error: unknown) => {
          if (!(error instanceof Error)) throw error;
          made.missing += 1;
        })
        .finally(() => {
          made.pending -= 1;
          onChange();
        });
    }
    return made;
  }

  /** Moves the joints; names that the robot lacks are left out. */
  pose(state: JointState): boolean {
    let hasMoved = false;
    state.name.forEach((name, index) => {
      const value = state.position[index];
      if (value !== undefined && value !== null && this.robot.joints[name]) {
        hasMoved = this.robot.setJointValue(name, value) || hasMoved;
      }
    });
    return hasMoved;
  }

  /** Draws a knot at each link and a bone to each of its joints. */
  addSimpleShapes(): void {
    const material = new three.MeshStandardMaterial({ color: 0x5aa6a8, roughness: 0.6 });
    const knot = new three.SphereGeometry(KNOT_M, 16, 12);
    for (const link of Object.values(this.robot.links)) {
      link.add(new three.Mesh(knot, material));
      for (const child of link.children) {
        if ('isURDFJoint' in child && child.position.length() > BONE_M) {
          link.add(bone(child.position, material));
        }
      }
    }
  }

  private geometry(address: string): Promise<three.BufferGeometry> {
    let loading = this.geometries.get(address);
    if (!loading) {
      loading = new STLLoader()
        .loadAsync(address)
        .then((geometry) => toCreasedNormals(geometry, CREASE_RAD));
      this.geometries.set(address, loading);
    }
    return loading;
  }
}

/** The loader puts its own folder in front of what it takes for relative paths. */
function restored(address: string): string {
  const start = address.search(/(package|file|https?):\/\//);
  return start > 0 ? address.slice(start) : address;
}

function softened(material: three.Material): three.Material {
  const { color: given, opacity } = material as three.MeshPhongMaterial;
  // Pure black would vanish before a dark page.
  const color = given.clone().lerp(new three.Color(0x8a9098), DARKEST);
  const transparent = opacity < 1;
  const roughness = transparent ? 0.1 : 0.55;
  return new three.MeshStandardMaterial({ color, opacity, transparent, roughness });
}

function bone(to: three.Vector3, material: three.Material): three.Mesh {
  const length = to.length();
  const mesh = new three.Mesh(new three.CylinderGeometry(BONE_M, BONE_M, length, 10), material);
  mesh.position.copy(to).multiplyScalar(0.5);
  mesh.quaternion.setFromUnitVectors(new three.Vector3(0, 1, 0), to.clone().normalize());
  return mesh;
}
