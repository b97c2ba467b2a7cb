// Records a simulation while it runs: keyframes to go back by, and compressed frames to take away as a file.
//
//   const recorder = await attach(simulation, { bytes: 64 << 20, every: 64 });
//   await simulation.step(1000);
//   await recorder.rewind(350);        // the very bits of step 350
//
// Both lie in a ring behind the block, in the simulation's own memory, and recorder.wasm compresses them there.

import { MAP } from './layout.js';
import { CONTROL_BYTES, RecorderModule, answer, ensure } from './recorder-module.js';
import { difference, domainOf, look } from './compare.js';

export { RecordingError } from './recorder-module.js';

/** Offsets in a ring's control words: entries, first step, last step, bytes in use. */
const RING = { COUNT: 8, FIRST: 16, LAST: 24, USED: 32 };
const KEYFRAME = 1, FRAME = 2;

/**
 * @typedef {object} RecorderOptions
 * @property {number} [bytes] of the ring; 64 MiB unless told
 * @property {number} [every] steps between two keyframes; 64 unless told
 * @property {number} [frameEvery] steps between two frames of the file; 16 unless told, 0 for none
 * @property {number} [share] of the run's time that keyframes may take; where they would take more there are fewer. 0.1 unless told, 1 for no limit
 * @property {number} [error] how far a coordinate of the file may be from the run's; 0.001 unless told
 */

/**
 * Begins to record, with the present moment as the first.
 * @param {import('./simulation.js').Simulation} simulation
 * @param {RecorderOptions} [options]
 * @returns {Promise<Recorder>}
 * @throws {RangeError} when the memory cannot grow so far
 */
export async function attach(simulation, options = {}) {
  const recorder = new Recorder(simulation, options);
  try {
    await recorder.begin();
  } catch (error) {
    await recorder.detach();
    throw error;
  }
  return recorder;
}

/** A recorder at work. Events: `change` when the range is another, `rewound` after going to a moment, `stopped` when it failed and `ended` when the run is another, with the reason. */
export class Recorder extends EventTarget {
  #module = new RecorderModule();
  #at = 0;
  #keys = 0;
  #last = 0;
  #back = false;
  #detached = false;
  #keptAt = 0;
  #took = 0;
  /** @type {{step: number, state: Uint8Array, latest: Uint8Array, latestStep: number} | undefined} */
  #branch;

  /** @param {import('./simulation.js').Simulation} simulation @param {RecorderOptions} options */
  constructor(simulation, { bytes = 64 << 20, every = 64, frameEvery = 16, share = 0.1, error = 1e-3 }) {
    super();
    this.simulation = simulation;
    this.options = { bytes, every: Math.max(1, Math.floor(every)), frameEvery: Math.max(0, Math.floor(frameEvery)), patience: 1 / share - 1, error };
  }

  async begin() {
    const { simulation, options } = this;
    await this.#module.start(simulation);
    const data = simulation.plugInData;
    const room = (await this.#module.call('recorder_room', MAP.BLOCK_BASE, data.bytes)) >>> 0;
    if (room === 0) throw new RangeError('this scene is too large to be recorded');
    const bytes = Math.ceil((options.bytes + room) / 8) * 8;
    this.#at = await simulation.grow(bytes);
    this.#keys = this.#at + CONTROL_BYTES;
    await simulation.between(async () => {
      await this.#do('recorder_open', MAP.BLOCK_BASE, this.#at, bytes, options.error, data.at, data.bytes);
      await this.#keep(KEYFRAME | (options.frameEvery ? FRAME : 0));
      simulation.recorder = this;
    });
  }

  /** @param {string} name @param {number[]} args */
  async #do(name, ...args) {
    ensure(this.simulation.memory, this.#at, await this.#module.call(name, ...args));
  }

  /** @param {number} index */
  #answer(index) {
    return answer(this.simulation.memory, this.#at, index);
  }

  /** @param {number} offset */
  #ring(offset) {
    return Number(new DataView(this.simulation.memory.buffer).getBigUint64(this.#keys + offset, true));
  }

  /** First and last step that can be gone to, keyframes, and the bytes that they take. */
  get range() {
    return { first: this.#ring(RING.FIRST), last: this.#last, keyframes: this.#ring(RING.COUNT), bytes: this.#ring(RING.USED) };
  }

  /** @param {number} what */
  async #keep(what) {
    const begun = performance.now();
    await this.#do('recorder_keep', MAP.BLOCK_BASE, this.#at, what);
    this.#last = this.simulation.stepsDone;
    if (what & KEYFRAME) [this.#keptAt, this.#took] = [performance.now(), performance.now() - begun];
  }

  /** Called before steps: how many may be made at once. @param {number} left @returns {Promise<number>} */
  async before(left) {
    const now = this.simulation.stepsDone;
    if (this.#back) await this.#guard(() => this.#do('recorder_cut', this.#at, now));
    this.#back = false;
    const until = (/** @type {number} */ every) => (every ? every - (now % every) : left);
    return Math.min(left, until(this.options.every), until(this.options.frameEvery));
  }

  /** Called after steps. */
  async stepped() {
    const { every, frameEvery, patience } = this.options;
    const now = this.simulation.stepsDone;
    this.#last = now;
    const key = now % every === 0 && performance.now() - this.#keptAt >= patience * this.#took;
    const what = (key ? KEYFRAME : 0) | (frameEvery && now % frameEvery === 0 ? FRAME : 0);
    if (what) await this.#guard(() => this.#keep(what));
    this.dispatchEvent(new Event('change'));
  }

  /** Called when parameters or fields were changed: from here the run is another. */
  async changed() {
    const now = this.simulation.stepsDone;
    if (this.#back) await this.#guard(() => this.#do('recorder_cut', this.#at, now));
    this.#back = false;
    await this.#guard(() => this.#keep(KEYFRAME));
    this.dispatchEvent(new Event('change'));
  }

  /** Called when the run stands elsewhere: at its beginning again, or where a fault sent it back to. */
  async began() {
    this.#back = false;
    const now = this.simulation.stepsDone;
    if (now === 0) this.#branch = undefined;
    await this.#guard(async () => {
      await (now === 0 ? this.#do('recorder_clear', this.#at) : this.#do('recorder_cut', this.#at, now));
      await this.#keep(KEYFRAME | (this.options.frameEvery ? FRAME : 0));
    });
    this.dispatchEvent(new Event('change'));
  }

  /** A recorder in trouble ends; the run goes on. @param {() => Promise<void>} work */
  async #guard(work) {
    try {
      await work();
    } catch (error) {
      // Calls under way end when it is detached.
      if (this.#detached) return;
      void this.detach();
      this.dispatchEvent(new CustomEvent('stopped', { detail: error }));
    }
  }

  /**
   * Goes to a step of the range, back or forth. State and parameters are what they were; what came after stays within reach until
   * steps are made from there.
   * @param {number} step
   */
  async rewind(step) {
    const { simulation } = this;
    await simulation.between(async (call, resume) => {
      const { first, last } = this.range;
      if (!(step >= first && step <= last)) throw new RangeError(`step ${step} is not recorded; steps ${first} to ${last} are`);
      await this.#do('recorder_put', MAP.BLOCK_BASE, this.#at, step);
      await this.#goOn(call, resume, Math.floor(step) - this.#answer(0));
      this.#back = true;
      await call('motes_publish');
    });
    this.dispatchEvent(new Event('rewound'));
  }

  /** From the checkpoint on, and so many steps. @param {import('./simulation.js').Call} call @param {() => Promise<void>} resume @param {number} steps */
  async #goOn(call, resume, steps) {
    await resume();
    if (steps > 0) await call('motes_step', steps);
    const { data } = this.simulation.views;
    for (const parameter of this.simulation.parameters) {
      parameter.values = parameter.values.map((_, k) => data.getFloat64(MAP.BLOCK_BASE + parameter.offset + 8 * k, true));
    }
  }

  /** The present state, packed. */
  async #pack() {
    await this.#do('recorder_pack', MAP.BLOCK_BASE, this.#at);
    return new Uint8Array(this.simulation.memory.buffer, this.#answer(0), this.#answer(1)).slice();
  }

  /** Puts a packed state into the checkpoint. @param {Uint8Array} state */
  async #unpack(state) {
    await this.#do('recorder_pack', MAP.BLOCK_BASE, this.#at);
    new Uint8Array(this.simulation.memory.buffer).set(state, this.#answer(0));
    await this.#do('recorder_unpack', MAP.BLOCK_BASE, this.#at, state.length);
  }

  /** The step from which A and B go apart. */
  get branchStep() {
    return this.#branch?.step;
  }

  /** Keeps the present moment with its parameters: A goes on from here as it would have, B is what the simulation does. */
  async branch() {
    await this.simulation.between(async () => {
      const state = await this.#pack();
      const step = this.simulation.stepsDone;
      this.#branch = { step, state, latest: state, latestStep: step };
    });
  }

  /** Forgets the branch. */
  unbranch() {
    this.#branch = undefined;
  }

  /**
   * Makes A's steps up to the present one, looks at both, and stands at B again.
   * @returns {Promise<import('./compare.js').Comparison>}
   */
  async compare() {
    const branch = this.#branch;
    const now = this.simulation.stepsDone;
    if (!branch || now < branch.step) throw new RangeError('there is no branch before this step to compare with');
    return this.simulation.between(async (call, resume) => {
      const present = await this.#pack();
      const b = await look(this.simulation, call);
      const [from, state] = now >= branch.latestStep ? [branch.latestStep, branch.latest] : [branch.step, branch.state];
      try {
        await this.#unpack(state);
        await this.#goOn(call, resume, now - from);
        const a = await look(this.simulation, call);
        Object.assign(branch, { latest: await this.#pack(), latestStep: now });
        return { step: now, branchStep: branch.step, a: a.sums, b: b.sums, ...difference(a, b, domainOf(this.simulation)) };
      } finally {
        await this.#unpack(present);
        await this.#goOn(call, resume, 0);
      }
    });
  }

  /** All frames as a recording. @returns {Promise<Uint8Array<ArrayBuffer>>} the bytes of a file */
  async file() {
    const { memory, compiled } = this.simulation;
    const parts = await this.simulation.between(async () => {
      const names = new TextEncoder().encode((JSON.parse(compiled.json).species ?? []).map((/** @type {any} */ s) => s.name ?? s).join('\n')).subarray(0, 4096);
      await this.#do('recorder_pack', MAP.BLOCK_BASE, this.#at);
      new Uint8Array(memory.buffer).set(names, this.#answer(0));
      const copy = () => new Uint8Array(memory.buffer, this.#answer(0), this.#answer(1)).slice();
      await this.#do('recorder_head', MAP.BLOCK_BASE, this.#at, names.length);
      const all = [copy()];
      for (let k = 0; (await this.#module.call('recorder_frame', this.#at, k)) === 0; k++) all.push(copy());
      return all;
    });
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
    return bytes;
  }

  /** Stops because of something that the run does. @param {string} reason */
  end(reason) {
    void this.detach();
    this.dispatchEvent(new CustomEvent('ended', { detail: new Error(reason) }));
  }

  /** Stops recording, and gives its memory back; comes back when that is done. */
  async detach() {
    this.#detached = true;
    if (this.simulation.recorder === this) this.simulation.recorder = undefined;
    await this.#module.dispose();
    this.simulation.release(this.#at);
  }
}
