// Which backend draws: adapter and device are tried before the renderer's module is fetched, then its self-test must pass.
// A canvas serves one kind of context for life, so each try gets a fresh one.

import { PreviewView } from './canvas2d.js';

/** @typedef {import('./query.js').Backend} Backend */

/**
 * What draws: the renderer's View, or the 2D preview with the same face.
 * @typedef {object} View
 * @property {string} backend `WebGPU`, `WebGL2` or `2D`
 * @property {string} adapter
 * @property {number} maxParticles that this device can hold
 * @property {string} lost empty, or why the device is gone
 * @property {() => Promise<void>} selfTest
 * @property {(mode: string) => void} setMode
 * @property {(name: string) => void} setColormap
 * @property {(min: number, max: number) => void} setColorRange
 * @property {(radius: number) => void} setRadius
 * @property {(bounds: Float32Array, drawn: boolean) => void} setBounds
 * @property {(spheres: Float32Array) => void} setObstacles
 * @property {(r: number, g: number, b: number) => void} setBackground
 * @property {(r: number, g: number, b: number) => void} setLineColor
 * @property {(buffer: ArrayBufferLike, byteOffset: number, particleCount: number) => void} upload
 * @property {(width: number, height: number) => void} resize
 * @property {() => void} render
 * @property {(callback: (reason: string, destroyed: boolean) => void) => void} onLost
 * @property {(callback: (message: string) => void) => void} onError
 * @property {(azimuth: number, elevation: number, distance: number) => void} look
 * @property {(dx: number, dy: number) => void} orbit
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number) => void} dolly
 * @property {() => Float64Array} camera
 * @property {(state: Float64Array) => void} setCamera
 * @property {() => Float32Array} clipFromWorld
 * @property {(width: number, height: number) => Promise<Uint8ClampedArray>} capture
 * @property {() => void} free
 */

/** @type {readonly Backend[]} */
export const backends = ['webgpu', 'webgl2', '2d'];

/** @type {Record<Backend, string>} */
export const backendNames = { webgpu: 'WebGPU', webgl2: 'WebGL2', '2d': '2D preview' };

const SELF_TEST_PATIENCE_MS = 20_000;
/** Exports of the renderer's modules in use, for the console. @type {Map<string, any>} */
export const rendererExports = new Map();

/** Throws unless WebGPU has an adapter and a device to give. */
async function probeWebGpu() {
  const { gpu } = /** @type {any} */ (navigator);
  if (!gpu) throw new Error('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('WebGPU has no adapter');
  const device = await adapter.requestDevice();
  device.destroy();
}

/** Throws unless a WebGL2 context can be had. */
function probeWebGl2() {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) throw new Error('this browser gives no WebGL2 context');
  context.getExtension('WEBGL_lose_context')?.loseContext();
}

/** @template T @param {Promise<T>} promise @param {string} what @returns {Promise<T>} */
function inTime(promise, what) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} took too long`)), SELF_TEST_PATIENCE_MS)));
  return /** @type {Promise<T>} */ (Promise.race([promise, late])).finally(() => clearTimeout(timer));
}

/**
 * Makes a View of one backend.
 * @param {Backend} backend
 * @param {HTMLCanvasElement} canvas a fresh one
 * @param {number} generation of the renderer's module: after a panic it is fetched anew, since the old instance must not be called again
 * @returns {Promise<View>}
 * @throws {Error} that says why this backend cannot be used
 */
export async function createView(backend, canvas, generation) {
  if (backend === '2d') return PreviewView.create(canvas);
  if (backend === 'webgpu') await probeWebGpu();
  else probeWebGl2();
  const name = backend === 'webgpu' ? 'app-webgpu' : 'app-webgl';
  const url = new URL(`../../${name}/app.js${generation ? `?${generation}` : ''}`, import.meta.url);
  const module = await import(url.href);
  rendererExports.set(backend, await module.default());
  /** @type {View} */
  const view = await inTime(module.View.create(canvas), 'starting the renderer');
  if (view.backend !== backendNames[backend]) throw new Error(`asked for ${backendNames[backend]} and got ${view.backend}`);
  await inTime(view.selfTest(), 'the self-test');
  return view;
}
