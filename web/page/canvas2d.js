// The last resort where neither WebGPU nor WebGL2 works: particles as shaded discs drawn by the page's own thread, with depth.
// Has the same face as the renderer's View. Reads the block through a view of it; copies no particles.

import { NOT_ALIVE } from '../layout.js';
import { OrbitCamera } from './orbit-camera.js';
import { stopsOf, tableOf } from './colormaps.js';
import { drawBox, Raster } from './raster.js';

/** Pixels that discs may cover in one frame: more particles get smaller discs. */
const MOST_PIXELS = 6e6;

/** @param {number} r @param {number} g @param {number} b 0 to 1 */
const rgb = (r, g, b) => [r, g, b].map((value) => Math.round(value * 255));

export class PreviewView {
  backend = '2D';
  adapter = 'preview drawn by the processor';
  maxParticles = 16777216;
  lost = '';
  #camera = new OrbitCamera();
  /** @type {Float32Array} */
  #frame = new Float32Array(0);
  #table = tableOf('viridis');
  #range = [0, 1];
  #radius = 0.01;
  /** @type {Float32Array} */
  #bounds = new Float32Array(6);
  #boundsDrawn = false;
  #background = [10, 12, 16];
  #line = [90, 100, 115];
  /** @type {Float32Array} */
  #obstacles = new Float32Array(0);
  #points = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser gives no 2D canvas');
    this.canvas = canvas;
    this.context = context;
  }

  /** @param {HTMLCanvasElement} canvas */
  static async create(canvas) {
    return new PreviewView(canvas);
  }

  async selfTest() {}

  /** @param {string} mode */
  setMode(mode) {
    this.#points = mode === 'points';
  }
  /** @param {string} name */
  setColormap(name) {
    this.#table = tableOf(name);
  }
  /** @param {number} min @param {number} max */
  setColorRange(min, max) {
    this.#range = [min, max];
  }
  /** @param {number} radius */
  setRadius(radius) {
    this.#radius = radius;
  }
  /** @param {Float32Array} bounds @param {boolean} drawn */
  setBounds(bounds, drawn) {
    this.#bounds = bounds;
    this.#boundsDrawn = drawn;
    this.#camera.diagonal = Math.hypot(bounds[3] - bounds[0], bounds[4] - bounds[1], bounds[5] - bounds[2]) || 1;
  }
  /** @param {Float32Array} spheres */
  setObstacles(spheres) {
    this.#obstacles = spheres;
  }
  /** @param {number} r @param {number} g @param {number} b */
  setBackground(r, g, b) {
    this.#background = rgb(r, g, b);
  }
  /** @param {number} r @param {number} g @param {number} b */
  setLineColor(r, g, b) {
    this.#line = rgb(r, g, b);
  }

  /** @param {ArrayBufferLike} buffer @param {number} byteOffset @param {number} particleCount */
  upload(buffer, byteOffset, particleCount) {
    this.#frame = new Float32Array(buffer, byteOffset, 4 * particleCount);
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  render() {
    const { width, height } = this.canvas;
    if (width > 0 && height > 0) this.context.putImageData(this.#draw(width, height), 0, 0);
  }

  /** @param {number} width @param {number} height */
  #draw(width, height) {
    const raster = new Raster(width, height, this.#background, this.#camera.clipFromWorld(width / height));
    if (this.#boundsDrawn) drawBox(raster, this.#bounds, this.#line);
    const perRadius = raster.pixelsPerLength;
    for (let k = 0; k + 3 < this.#obstacles.length; k += 4) {
      const [x, y, z, radius] = this.#obstacles.subarray(k, k + 4);
      raster.sphere(x, y, z, radius * perRadius, radius, 118, 124, 134, true);
    }
    this.#drawParticles(raster);
    return raster.image;
  }

  /** @param {Raster} raster */
  #drawParticles(raster) {
    const frame = this.#frame;
    const table = this.#table;
    const [min, max] = this.#range;
    const scale = 255 / (max - min || 1);
    const most = Math.sqrt(MOST_PIXELS / Math.max(frame.length / 4, 1) / Math.PI);
    for (let k = 0; k < frame.length; k += 4) {
      const scalar = frame[k + 3];
      if (scalar <= NOT_ALIVE) continue;
      const place = 3 * Math.round(Math.min(Math.max((scalar - min) * scale, 0), 255));
      const size = this.#points ? 0 : this.#radius * raster.pixelsPerLength;
      raster.sphere(frame[k], frame[k + 1], frame[k + 2], size, this.#radius, table[place], table[place + 1], table[place + 2], false, most);
    }
  }

  /** @param {(reason: string, destroyed: boolean) => void} _callback */
  onLost(_callback) {}
  /** @param {(message: string) => void} _callback */
  onError(_callback) {}

  /** @param {number} azimuth @param {number} elevation @param {number} distance */
  look(azimuth, elevation, distance) {
    const bounds = this.#bounds;
    Object.assign(this.#camera, { azimuth, elevation, distance, target: [0, 1, 2].map((k) => (bounds[k] + bounds[k + 3]) / 2) });
  }
  /** @param {number} dx @param {number} dy */
  orbit(dx, dy) {
    this.#camera.orbit(dx, dy);
  }
  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.#camera.pan(dx, dy, this.canvas.width, this.canvas.height);
  }
  /** @param {number} factor */
  dolly(factor) {
    this.#camera.dolly(factor);
  }
  camera() {
    const { azimuth, elevation, distance, target } = this.#camera;
    return new Float64Array([azimuth, elevation, distance, ...target]);
  }
  /** @param {ArrayLike<number>} state */
  setCamera(state) {
    const [azimuth, elevation, distance, ...target] = Array.from(state);
    Object.assign(this.#camera, { azimuth, elevation, distance, target });
  }
  clipFromWorld() {
    return this.#camera.clipFromWorld(this.canvas.width / Math.max(this.canvas.height, 1));
  }
  /** @param {number} width @param {number} height */
  async capture(width, height) {
    return this.#draw(width, height).data;
  }
  free() {
    this.#frame = new Float32Array(0);
  }
}

export { stopsOf as colormapStops };
