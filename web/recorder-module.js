// recorder.wasm on a memory, and who calls it: a worker where memory is shared, else the page's own thread.

import { MAP } from './layout.js';
import { withSharedMemory } from './module.js';
import { readBytes, startThread } from './platform.js';

/** @typedef {Record<string, (...args: number[]) => number>} Functions the `recorder_*` and `player_*` functions */

/**
 * @param {WebAssembly.Memory} memory
 * @param {WebAssembly.Module} module
 * @returns {Promise<Functions>}
 */
export async function instantiateRecorder(memory, module) {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  /** @type {WebAssembly.Global} */ (exports.__stack_pointer).value = MAP.STACK_RECORDER + MAP.STACK_BYTES;
  return /** @type {Functions} */ (/** @type {unknown} */ (exports));
}

/** Calls recorder.wasm, one call after the other. */
export class RecorderModule {
  /** @type {import('./platform.js').Thread | undefined} */
  #thread;
  /** @type {Functions | undefined} */
  #own;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #pending = new Map();
  #id = 0;
  /** Calls that the worker has not answered. */
  #busy = 0;
  #onIdle = () => {};

  /**
   * Fetches the module and brings it onto the simulation's memory.
   * @param {import('./simulation.js').Simulation} simulation
   */
  async start({ memory, isolated, options }) {
    const bytes = await readBytes(new URL('recorder.wasm', new URL(options.baseUrl ?? '..', import.meta.url)));
    const module = await WebAssembly.compile(/** @type {BufferSource} */ (isolated ? withSharedMemory(bytes) : bytes));
    if (isolated) await this.#begin(memory, module);
    else this.#own = await instantiateRecorder(memory, module);
  }

  /** @param {WebAssembly.Memory} memory @param {WebAssembly.Module} module */
  async #begin(memory, module) {
    const loaded = new Promise((resolve, reject) => this.#pending.set(0, { resolve, reject }));
    const onMessage = (/** @type {{id: number, value?: number, error?: string}} */ { id, value, error }) => {
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (id > 0 && --this.#busy === 0) this.#onIdle();
      if (error) call?.reject(new Error(`recorder.wasm: ${error}`));
      else call?.resolve(value);
    };
    this.#thread = await startThread(new URL('./recorder-worker.js', import.meta.url), onMessage, (reason) => this.#end(new Error(`the recorder's worker ${reason}`)));
    await loaded;
    await this.#post({ start: { memory, module } });
  }

  /** @param {object} message @returns {Promise<any>} */
  #post(message) {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (!this.#thread) return reject(new Error('the recorder has ended'));
      this.#busy++;
      this.#thread.post({ id, ...message });
    });
  }

  /** @param {string} name @param {number[]} args @returns {Promise<number>} */
  async call(name, ...args) {
    return this.#own ? this.#own[name](...args) : this.#post({ name, args });
  }

  /** @param {Error} reason */
  #end(reason) {
    this.#thread = undefined;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  /** Takes no more calls; comes back when the one under way, if there is one, can write to the memory no more. */
  async dispose() {
    const thread = this.#thread;
    this.#own = undefined;
    this.#end(new Error('the recorder has ended'));
    if (thread && this.#busy > 0) await new Promise((resolve) => (this.#onIdle = () => resolve(undefined)));
    await thread?.terminate();
  }
}

/** Words through which recorder.wasm answers at length; see modules/recorder/src/module.rs. */
export const CONTROL_BYTES = 128;
const ANSWER = 64;
const FAILED = ['', 'ROOM', 'TOO_FAR', 'DAMAGED', 'NONE'];

/** The recorder or a player could not do what it was asked. */
export class RecordingError extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    /** `ROOM`, `TOO_FAR`, `DAMAGED` or `NONE`. */
    this.kind = kind;
  }
}

/** A number of the answer. @param {WebAssembly.Memory} memory @param {number} at @param {number} index */
export const answer = (memory, at, index) => Number(new DataView(memory.buffer).getBigUint64(at + ANSWER + 8 * index, true));

/**
 * Throws unless a call went well.
 * @param {WebAssembly.Memory} memory
 * @param {number} at
 * @param {number} status
 */
export function ensure(memory, at, status) {
  if (status === 0) return;
  const kind = FAILED[status] ?? String(status);
  const first = answer(memory, at, 0);
  const text = () => new TextDecoder().decode(new Uint8Array(memory.buffer, answer(memory, at, 1), answer(memory, at, 2)).slice());
  const words = { ROOM: () => `the recording needs ${first} bytes of memory`, TOO_FAR: () => `particle ${first} is too far from the origin to be recorded with this error; allow a greater one`,
    DAMAGED: () => `byte ${first}: ${text()}`, NONE: () => 'this moment is not recorded' };
  throw new RecordingError(kind, words[/** @type {keyof typeof words} */ (kind)]?.() ?? `recorder.wasm ended with ${status}`);
}
