// Fetches the Wasm modules, and has scene.wasm make a block's first bytes of a scene's text.

import { withoutData, withSharedMemory } from './module.js';
import { Particles } from './particles.js';
import { readBytes } from './platform.js';

/**
 * @typedef {object} Parameter
 * @property {string} path `dt`, `force[0].acceleration`, `emitter[0].rate`
 * @property {string} section
 * @property {string} kindName
 * @property {string} name
 * @property {'float'|'integer'|'bool'|'choice'|'vector3'|'integer3'|'bool3'} kind
 * @property {string[] | null} choices
 * @property {string} unit
 * @property {string} doc
 * @property {number} min
 * @property {number} max
 * @property {boolean} live acts on a running simulation
 * @property {number[]} values
 * @property {number} offset bytes from the block's base
 *
 * @typedef {object} Compiled what scene.wasm makes of a scene
 * @property {Uint8Array} prefix
 * @property {string} module file of the physics that it needs: physics.wasm, or physics-all.wasm
 * @property {number} blockBytes
 * @property {number} particleCount
 * @property {string} json title, about, species, parameters
 *
 * @typedef {object} Options
 * @property {string} [scene] text of a scene file, TOML or JSON
 * @property {string} [name] what messages call it
 * @property {string[]} [overrides] `path=value` each
 * @property {import('./plug-ins/plug-ins.js').Source[]} [plugIns] plug-ins that the scene names, and others, which are added to it
 * @property {import('./simulation.js').Simulation} [from] a run to go on from in place of a first state: of the same scene, with other plug-ins for example
 * @property {URL | string} [plugInUrl] where plug-ins lie that the scene names and `plugIns` has not; scenes/ of `baseUrl` unless told
 * @property {import('./particles.js').Init} [init] an XYZ, CSV, PLY or NPY file whose particles take the place of the scene's fills
 * @property {string} [initName] name of that file, which tells its format and stands in messages
 * @property {(reach: import('./particles.js').Reach) => void} [onReading] is told how far the reading of that file is
 * @property {number} [threads] workers, 1 to 16; one less than there are processors unless told
 * @property {boolean} [shared] `false` forces ordinary memory and one thread
 * @property {URL | string} [baseUrl] where physics.wasm, physics-all.wasm, sync.wasm and scene/ lie; the folder above this file unless told
 * @property {number} [patience] milliseconds without a worker's heartbeat before it counts as dead; 2500 unless told
 * @property {number} [reserve] bytes behind the block that it may grow into when particles join; where there are plug-ins as many as it has, 16 to 256 MiB, unless told. None where the system has no room for it
 * @property {boolean} [checksums] give each frame a checksum, for tests
 */

/** Reads modules of physics and synchronisation. @param {URL} base @param {string} file of the physics @param {boolean} shared */
export async function loadModules(base, file, shared) {
  const [physics, sync] = await Promise.all([readBytes(new URL(file, base)), readBytes(new URL('sync.wasm', base))]);
  const plainSync = await WebAssembly.compile(/** @type {BufferSource} */ (sync));
  const fittedSync = shared ? await WebAssembly.compile(/** @type {BufferSource} */ (withSharedMemory(sync))) : plainSync;
  return { ...(await fitPhysics(physics, shared)), plainSync, sync: fittedSync };
}

/** Physics for the kind of memory. @param {Uint8Array} physics @param {boolean} shared */
export async function fitPhysics(physics, shared) {
  const compile = (/** @type {Uint8Array} */ bytes) => WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  const fitted = shared ? withSharedMemory(physics) : physics;
  const [first, others] = await Promise.all([compile(fitted), compile(withoutData(fitted))]);
  return { first, others };
}

/**
 * Compiles a scene with scene.wasm.
 * @param {URL} base
 * @param {Options} options
 * @returns {Promise<Compiled>}
 */
export async function compileScene(base, options) {
  const { compiled, particles } = await compileWithParticles(base, options);
  await particles?.close();
  return compiled;
}

/** The module scene.wasm, ready. @param {URL} base */
export async function loadScene(base) {
  const module = await import(new URL('scene/scene.js', base).href);
  await module.default({ module_or_path: await readBytes(new URL('scene/scene_bg.wasm', base)) });
  return module;
}

/**
 * As {@link compileScene}; `particles` are those of `init`, which are to be written into the block.
 * @param {URL} base
 * @param {Options} options
 * @returns {Promise<{compiled: Compiled, particles: Particles | undefined, plugIns: import('./plug-ins/plug-ins.js').Source[]}>}
 */
export async function compileWithParticles(base, options) {
  const { scene = '', name = 'scene.toml', overrides = [], init, initName, onReading = () => {} } = options;
  const module = await loadScene(base);
  const plugIns = await plugInsOf(module.plugInFiles(scene), base, options);
  if (!init) return { compiled: module.compileScene(scene, { name, overrides, plugIns }), particles: undefined, plugIns };
  const particles = new Particles(module, init, initName ?? (init instanceof Uint8Array ? 'init.xyz' : nameOf(init)), onReading);
  try {
    await particles.survey();
    return { compiled: particles.compile(scene, { name, overrides, plugIns }), particles, plugIns };
  } catch (error) {
    await particles.close();
    throw error;
  }
}

/**
 * The plug-ins that were handed over, and those besides that the scene names.
 * @param {string[]} named
 * @param {URL} base
 * @param {Options} options
 */
async function plugInsOf(named, base, { plugIns = [], plugInUrl = new URL('scenes/', base) }) {
  const missing = named.filter((file) => !plugIns.some((given) => given.file === file));
  const read = async (/** @type {string} */ file) => ({ file, bytes: await readBytes(new URL(file, plugInUrl)) });
  return [...plugIns, ...(await Promise.all(missing.map(read)))];
}

/** The name that data has by itself. @param {any} init a file or a response @returns {string} */
function nameOf(init) {
  if (typeof init.name === 'string' && init.name) return init.name;
  return init.url ? (new URL(init.url).pathname.split('/').pop() ?? 'particles') : 'particles';
}
