/**
 * The 3D picture: light, floor, camera and drawing on demand. Units m, z up, as in ROS.
 *
 * A frame is drawn only after `redraw`, at most once per screen refresh, so that a robot that
 * stands still costs nothing.
 */

import * as three from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';

const EYE = new three.Vector3(0.78, 0.24, 0.36);
const AIM = new three.Vector3(0, 0, 0.2);
const MAX_PIXEL_RATIO = 2;
/** Least time between two frames where the processor has to draw them, ms. */
const SOFTWARE_PERIOD_MS = 200;

export class Stage {
  readonly scene = new three.Scene();
  private readonly renderer: three.WebGLRenderer;
  private readonly camera = new three.PerspectiveCamera(32, 1, 0.01, 10);
  private readonly controls: OrbitControls;
  private readonly observer: ResizeObserver;
  private readonly period: number;
  private request = 0;
  private drawnAt = 0;
  private later: ReturnType<typeof setTimeout> | undefined;

  /** Throws when the browser has no WebGL. */
  constructor(private readonly holder: HTMLElement) {
    const isSoftware = drawsInSoftware();
    this.period = isSoftware ? SOFTWARE_PERIOD_MS : 0;
    this.renderer = new three.WebGLRenderer({ antialias: true, alpha: true });
    this.renderer.setPixelRatio(isSoftware ? 1 : Math.min(devicePixelRatio, MAX_PIXEL_RATIO));
    this.renderer.toneMapping = three.NeutralToneMapping;
    holder.append(this.renderer.domElement);
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.minDistance = 0.3;
    this.controls.maxDistance = 2.5;
    this.controls.maxPolarAngle = 1.65;
    this.controls.addEventListener('change', () => this.redraw());
    this.scene.add(...lights(), floor());
    this.reset();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(holder);
    this.resize();
  }

  /** Looks from the first place again. */
  reset(): void {
    this.camera.position.copy(EYE);
    this.controls.target.copy(AIM);
    this.controls.update();
    this.redraw();
  }

  redraw(): void {
    if (this.request || this.later !== undefined) return;
    const wait = this.drawnAt + this.period - performance.now();
    if (wait > 0) {
      this.later = setTimeout(() => {
        this.later = undefined;
        this.redraw();
      }, wait);
      return;
    }
    this.request = requestAnimationFrame(() => {
      this.request = 0;
      this.drawnAt = performance.now();
      this.renderer.render(this.scene, this.camera);
    });
  }

  dispose(): void {
    cancelAnimationFrame(this.request);
    clearTimeout(this.later);
    this.observer.disconnect();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (width === 0 || height === 0) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.redraw();
  }
}

/** Whether there is no graphics hardware: every frame then costs the processor dearly. */
function drawsInSoftware(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  const details = context?.getExtension('WEBGL_debug_renderer_info');
  const name = details ? String(context?.getParameter(details.UNMASKED_RENDERER_WEBGL)) : '';
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

function lights(): three.Object3D[] {
  const sky = new three.HemisphereLight(0xffffff, 0x8a8f99, 1.7);
  sky.position.set(0, 0, 1);
  const key = new three.DirectionalLight(0xfff4e6, 2.2);
  key.position.set(1, 0.8, 1.4);
  const rim = new three.DirectionalLight(0xcfe3ff, 1.1);
  rim.position.set(-0.8, -1, 0.9);
  return [sky, key, rim];
}

/** A soft round shadow, painted once: real shadows would cost every frame. */
function floor(): three.Object3D {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 128;
  const context = canvas.getContext('2d');
  if (context) {
    const gradient = context.createRadialGradient(64, 64, 18, 64, 64, 64);
    gradient.addColorStop(0, 'rgb(0 0 0 / 32%)');
    gradient.addColorStop(1, 'rgb(0 0 0 / 0%)');
    context.fillStyle = gradient;
    context.fillRect(0, 0, 128, 128);
  }
  const map = new three.CanvasTexture(canvas);
  const material = new three.MeshBasicMaterial({ map, transparent: true, depthWrite: false });
  return new three.Mesh(new three.PlaneGeometry(0.34, 0.34), material);
}
