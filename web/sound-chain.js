// The audio thread's half of the sound: sound.wasm renders a quantum, then each effect changes it. Needs nothing of a page, and serves offline too.

import { MAP } from './layout.js';
import { link } from './plug-ins/dylink.js';
import { EFFECT_BYTES, ENDED, QUANTUM } from './sound-layout.js';

/** @typedef {{name: string, module: WebAssembly.Module, tableSlots: number, area: number}} Effect an effect, and the address of its area */
/** @typedef {(left: number, right: number, frames: number, rate: number) => void} Process */
/** @typedef {Record<string, (...args: number[]) => number>} Functions the `sound_*` functions */

/**
 * An instance of sound.wasm with a stack of its own.
 * @param {WebAssembly.Memory} memory
 * @param {{sync: WebAssembly.Module, sound: WebAssembly.Module}} modules
 * @param {0 | 1} half 0 listens, 1 renders
 * @returns {Functions}
 */
export function instantiateSound(memory, { sync, sound }, half) {
  const env = { memory };
  const atomics = new WebAssembly.Instance(sync, { env });
  const { exports } = new WebAssembly.Instance(sound, { env, sync: atomics.exports });
  /** @type {WebAssembly.Global} */ (exports.__stack_pointer).value = MAP.STACKS_SOUND + (half + 1) * MAP.STACK_BYTES;
  return /** @type {Functions} */ (/** @type {unknown} */ (exports));
}

/**
 * An effect on the memory, linked as plug-ins of the physics are.
 * @param {WebAssembly.Memory} memory
 * @param {Effect} effect
 * @returns {Process}
 */
export function instantiateEffect(memory, { name, module, tableSlots, area }) {
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: tableSlots });
  const { imports, finish } = link(memory, table, { file: name, module, memoryBase: area, tableBase: 0, stack: area + EFFECT_BYTES });
  return /** @type {Process} */ (finish(new WebAssembly.Instance(module, imports), true).process);
}

/** Renders quanta into the memory: nothing is allocated after it was made, and nothing waited for. */
export class Chain {
  /** Effects that trapped, by name; each is left out from the quantum on in which it did. @type {string[]} */
  failed = [];
  #render;
  #room;
  #rate;
  #names;
  #effects;
  /** Frames as the effect found them that is being called. */
  #before = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
  /** Addresses of the frames of both sides. @type {number} */
  #left;
  /** @type {number} */
  #right;

  /** @param {{memory: WebAssembly.Memory, modules: {sync: WebAssembly.Module, sound: WebAssembly.Module}, room: number, rate: number, effects: Effect[]}} parts */
  constructor({ memory, modules, room, rate, effects }) {
    const sound = instantiateSound(memory, modules, 1);
    this.#render = sound.sound_render;
    this.#room = room;
    this.#rate = rate;
    this.#names = effects.map(({ name }) => name);
    this.#effects = effects.map((effect) => instantiateEffect(memory, effect));
    [this.#left, this.#right] = [sound.sound_output(room, 0), sound.sound_output(room, 1)];
    this.ready = () => sound.sound_ready(room, QUANTUM) === ENDED.PLAYED;
    /** Live views of the frames of both sides. */
    this.left = new Float32Array(memory.buffer, this.#left, QUANTUM);
    this.right = new Float32Array(memory.buffer, this.#right, QUANTUM);
  }

  /** Renders the next quantum; false if the sound waited for the run. */
  next() {
    const status = this.#render(this.#room, QUANTUM);
    for (let k = 0; k < this.#effects.length; k++) {
      this.#before[0].set(this.left);
      this.#before[1].set(this.right);
      try {
        this.#effects[k](this.#left, this.#right, QUANTUM, this.#rate);
      } catch (error) {
        this.left.set(this.#before[0]);
        this.right.set(this.#before[1]);
        this.failed.push(`${this.#names[k]}: ${/** @type {Error} */ (error).message}`);
        this.#effects.splice(k, 1);
        this.#names.splice(k--, 1);
      }
    }
    return status === ENDED.PLAYED;
  }
}
