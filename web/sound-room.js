// The room of the sound behind the block: how it is made, its settings and its counters. See modules/sound/src/shared.rs.

import { COUNTERS, EFFECT_BYTES, SETTINGS, WORDS } from './sound-layout.js';
import { instantiateSound } from './sound-chain.js';
import { loadScene } from './compile.js';
import { MAP } from './layout.js';
import { readBytes } from './platform.js';
import { tryEffects } from './sound-trial.js';
import { withSharedMemory, withoutData } from './module.js';

/**
 * @typedef {object} Settings
 * @property {number} [factor] seconds of sound for a unit of simulated time; 0 follows the run's own pace
 * @property {number} [latency] seconds that the sound keeps behind the run
 * @property {number} [patience] seconds behind the run after which events are skipped; 0 for never
 * @property {number} [gain] loudness of everything
 * @property {number} [bed] loudness of the low tone that grows with the mean speed; 0 for none
 * @property {number} [pitch] frequency of a particle of mean radius, in hertz
 * @property {number} [decay] seconds in which a note fades to a third
 *
 * @typedef {object} Stats
 * @property {number} events told by the listener
 * @property {number} struck notes of these
 * @property {number} quanta rendered, of 128 frames each
 * @property {number} underruns quanta that found no simulated time to play: the sound waited
 * @property {number} overruns events that were dropped: the ring was full, or the sound had fallen too far behind
 * @property {number} masked events that were too faint beside others to be told or struck
 * @property {number} behind seconds of sound between the run and what is heard
 */

/** A room on a simulation's memory. */
export class SoundRoom {
  #words;

  /**
   * @param {import('./simulation.js').Simulation} simulation
   * @param {{at: number, modules: {sync: WebAssembly.Module, sound: WebAssembly.Module}, listener: import('./sound-chain.js').Functions, effects: import('./sound-chain.js').Effect[]}} parts
   */
  constructor({ memory }, { at, modules, listener, effects }) {
    this.at = at;
    this.memory = memory;
    this.modules = modules;
    this.listener = listener;
    this.effects = effects;
    // The room does not move, so a view of it stays good when shared memory grows.
    this.#words = new Int32Array(memory.buffer, at, WORDS);
  }

  /** Changes settings; they act at once. @param {Settings} settings */
  set(settings) {
    const bits = new DataView(new ArrayBuffer(4));
    for (const [name, value] of Object.entries(settings)) {
      const word = SETTINGS[/** @type {keyof Settings} */ (name)];
      if (value === undefined) continue;
      if (word === undefined) throw new RangeError(`the sound has no setting ${name}; there are ${Object.keys(SETTINGS).join(', ')}`);
      if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} takes a number from 0 on, not ${value}`);
      bits.setFloat32(0, value);
      Atomics.store(this.#view, word, bits.getInt32(0));
    }
  }

  /** Ordinary memory has another buffer after it has grown. */
  get #view() {
    if (this.#words.length === 0) this.#words = new Int32Array(this.memory.buffer, this.at, WORDS);
    return this.#words;
  }

  /** Counters since the room was made. @returns {Stats} */
  get stats() {
    const view = this.#view;
    const count = (/** @type {keyof typeof COUNTERS} */ name) => Atomics.load(view, COUNTERS[name]) >>> 0;
    const bits = new DataView(new ArrayBuffer(4));
    bits.setInt32(0, Atomics.load(view, COUNTERS.BEHIND));
    return { events: count('EVENTS'), struck: count('STRUCK'), quanta: count('CALLS'), underruns: count('UNDERRUNS'), overruns: count('FULL') + count('SKIPPED'),
      masked: count('FAINT') + count('CROWDED'), behind: bits.getFloat32(0) };
  }

  /** Listens on the calling thread; between two steps. */
  listen() {
    this.listener.sound_listen(MAP.BLOCK_BASE, this.at, 0);
  }
}

/** @param {Uint8Array} bytes @param {boolean} shared */
const compile = (bytes, shared) => WebAssembly.compile(/** @type {BufferSource} */ (shared ? withSharedMemory(bytes) : bytes));

/**
 * Fetches the modules, and adds room for them and their effects behind the block.
 * @param {import('./simulation.js').Simulation} simulation
 * @param {{rate: number, heard?: number, effects?: (URL | string | Uint8Array)[]}} options
 * @returns {Promise<SoundRoom>}
 * @throws {Error} with everything that is wrong with an effect, and a RangeError when the memory cannot grow so far
 */
export async function openRoom(simulation, { rate, heard = 0, effects = [] }) {
  const { memory, isolated } = simulation;
  const base = new URL(simulation.options.baseUrl ?? '..', import.meta.url);
  const [soundBytes, syncBytes, ...chain] = await Promise.all(['sound.wasm', 'sync.wasm', ...effects].map((from) => (from instanceof Uint8Array ? from : readBytes(new URL(from, base)))));
  const names = effects.map((effect, k) => (effect instanceof Uint8Array ? `effect ${k}` : String(effect)));
  const scene = chain.length > 0 ? await loadScene(base) : undefined;
  const slots = chain.map((bytes, k) => /** @type {number} */ (scene.readEffect(names[k], bytes)));
  await tryEffects(chain.map((bytes, k) => ({ name: names[k], bytes, tableSlots: slots[k] })), rate);
  const [sound, sync, bare] = await Promise.all([compile(soundBytes, isolated), compile(syncBytes, isolated), compile(withoutData(soundBytes), isolated)]);
  const compiled = await Promise.all(chain.map((bytes) => compile(bytes, isolated)));
  const listener = instantiateSound(memory, { sync, sound }, 0);
  const room = listener.sound_room(MAP.BLOCK_BASE, heard) >>> 0;
  if (room === 0) throw new RangeError('this scene is too large to be listened to');
  const at = await simulation.grow(room + chain.length * EFFECT_BYTES);
  const area = (/** @type {number} */ k) => at + Math.ceil(room / 64) * 64 + k * EFFECT_BYTES;
  const status = await simulation.between(async () => listener.sound_open(MAP.BLOCK_BASE, at, heard, rate));
  if (status !== 0) {
    simulation.release(at);
    throw new Error(`sound.wasm could not open its room; a rate of ${rate} frames a second may be the reason`);
  }
  const named = compiled.map((module, k) => ({ name: names[k], module, tableSlots: slots[k], area: area(k) }));
  return new SoundRoom(simulation, { at, modules: { sync, sound: bare }, listener, effects: named });
}
