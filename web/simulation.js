// The simulation as a web developer sees it. Needs neither the page nor the renderer.
//
//   const simulation = await createSimulation({ scene: await (await fetch('scenes/marbles.toml')).text() });
//   await simulation.step(100);
//   simulation.fields.position;   // live Float32Array, x y z of each particle; three.js can draw from it as it is

import { DIAGNOSTICS, DISTRIBUTIONS, FLAG_WATCH, HEADER, MAP, TRIAL_STEPS } from './layout.js';
import { Blocks, reserveOf } from './blocks.js';
import { compileScene, compileWithParticles, fitPhysics, loadModules, loadScene } from './compile.js';
import { Engine } from './engine.js';
import { SimulationFault } from './fault.js';
import { FrameReader } from './frames.js';
import { bytesOfBlock } from './growth.js';
import { createMemory, guardStacks, makeViews, writeScene } from './host.js';
import { canShare, processors } from './platform.js';
import { PlugIns } from './plug-ins/plug-ins.js';
import { tryPlugIns } from './plug-ins/trial.js';
import { attempt, copyOfBlock, differences, inspect, SwapRefused } from './swap.js';

export { compileScene, SimulationFault, SwapRefused };

/** @typedef {import('./compile.js').Parameter} Parameter */
/** @typedef {import('./compile.js').Compiled} Compiled */
/** @typedef {import('./compile.js').Options} Options */

/** @typedef {(name: string, ...args: number[]) => Promise<any>} Call a call of physics */

const CHECKPOINT_EVERY_MS = 2000;
/** Steps are sent in batches of about this many milliseconds: short ones where they hold up the page, long ones where workers make them. */
const BATCH_MS = { inline: 12, workers: 250 };

/**
 * Makes a simulation and its first state.
 * @param {Options} options
 * @returns {Promise<Simulation>}
 * @throws {Error} with everything that is wrong with the scene
 * @throws {RangeError} when its block does not fit, with the bytes needed and to be had
 */
export async function createSimulation(options) {
  const base = new URL(options.baseUrl ?? '..', import.meta.url);
  const shared = canShare && options.shared !== false;
  const { compiled, particles, plugIns: sources } = await compileWithParticles(base, options);
  /** @type {Simulation | undefined} */
  let simulation;
  try {
    const threads = shared ? Math.min(Math.max(Math.floor(options.threads ?? processors - 1), 1), MAP.MAX_THREADS) : 1;
    const plan = await planOf(base, compiled, options.from);
    const room = plan.blockBytes + reserveOf(options.reserve, plan.blockBytes, sources.length > 0);
    const plugIns = sources.length > 0 ? new PlugIns(JSON.parse(compiled.json).plugIns, room, threads) : undefined;
    await plugIns?.compile(sources, shared);
    const modules = { ...(await loadModules(base, compiled.module, shared)), plugIns };
    const memory = createMemory(plugIns ? plugIns.areas.end - MAP.BLOCK_BASE : room, shared);
    guardStacks(memory);
    plugIns?.areas.guard(memory);
    simulation = new Simulation({ memory, modules, compiled, plan, room, particles, threads, shared, options });
    await simulation.begin();
    return simulation;
  } catch (error) {
    simulation?.dispose();
    await particles?.close();
    throw error;
  }
}

/** The first bytes of a block of that scene, with room for the particles that have joined the run to go on from. @param {URL} base @param {Compiled} compiled @param {Simulation} [from] */
async function planOf(base, compiled, from) {
  const joined = from?.views.data.getUint32(MAP.BLOCK_BASE + HEADER.added, true) ?? 0;
  return joined > 0 ? (await loadScene(base)).growBlock(compiled.prefix, joined) : compiled;
}

/** A running simulation. Events: `step`, `grown`, `fault`, `restarted`, `swapped`, `reverted`, `pluginstopped`. */
export class Simulation extends EventTarget {
  #reader = new FrameReader();
  /** @type {import('./host.js').Views | undefined} */
  #views;
  /** @type {Engine} */
  #engine;
  /** Calls one after the other. @type {Promise<any>} */
  #queue = Promise.resolve();
  #checkpointAt = 0;
  #batch = 1;
  #disposed = false;
  /** Step at which plug-ins that came in mid-run have passed their trial. */
  #trialUntil = Infinity;
  /** @type {Blocks} */
  #blocks;
  playing = false;
  /** Keeps moments to come back to; see recorder.js. @type {import('./recorder.js').Recorder | undefined} */
  recorder;
  /** Listens between steps; see sound.js. @type {import('./sound.js').Sound | undefined} */
  sound;

  /** @param {{memory: WebAssembly.Memory, modules: import('./pool.js').Modules, compiled: Compiled, plan: import('./blocks.js').Plan, room: number, particles?: import('./particles.js').Particles, threads: number, shared: boolean, options: Options}} parts */
  constructor({ memory, modules, compiled, plan, room, particles, threads, shared, options }) {
    super();
    /** The memory that all state lies in. */
    this.memory = memory;
    /** Workers that share a step. */
    this.threads = threads;
    /** True where memory is shared with workers. */
    this.isolated = shared;
    /** Why there is one thread only; empty otherwise. */
    this.threadsReason = shared ? '' : 'the page is not cross-origin isolated, so memory cannot be shared with workers';
    this.compiled = compiled;
    this.particles = particles;
    this.options = options;
    this.#blocks = new Blocks(memory, compiled, plan, room, modules.plugIns?.areas);
    this.#engine = new Engine(memory, modules, { threads, shared, patience: options.patience ?? 2500 }, {
      views: () => this.views,
      settleFrames: () => this.#reader.settle(this.views.words),
      writeGiven: async () => this.particles?.fill(this.fields),
      writeJoining: () => this.#blocks.layAgain(),
      restarted: (reason, step) => this.dispatchEvent(new CustomEvent('restarted', { detail: { reason, step } })),
      prefix: () => this.#blocks.prefix,
      stopPlugIn: (number, reason) => {
        const detail = modules.plugIns?.stop(this.views.data, number, reason);
        this.dispatchEvent(new CustomEvent('pluginstopped', { detail }));
      },
      reverted: (reason) => this.dispatchEvent(new CustomEvent('reverted', { detail: { reason } })),
    });
    const description = JSON.parse(compiled.json);
    /** @type {string} */
    this.title = description.title;
    /** @type {string} */
    this.about = description.about;
    /** Every parameter with its present value. @type {Parameter[]} */
    this.parameters = description.parameters;
  }

  /** Views of the memory, made anew when its buffer is another or the block has moved. */
  get views() {
    const views = this.#views;
    const current = views && views.buffer === this.memory.buffer && views.generation === views.data.getUint32(MAP.BLOCK_BASE + HEADER.generation, true);
    return current ? views : (this.#views = makeViews(this.memory));
  }

  /** Arrays of the block by name, live: `position` and `velocity` f32 x 3 interleaved, `id` and `species` u32, and those of the model. */
  get fields() {
    return this.views.fields;
  }

  /** Plug-ins with what they say of themselves, the numbers that they compute, and why they were switched off if they were. */
  get plugIns() {
    return this.#engine.modules.plugIns?.views(() => this.views.data) ?? [];
  }

  /** Particles in use. */
  get count() {
    return this.views.data.getUint32(MAP.BLOCK_BASE + HEADER.particle_count, true);
  }

  /** Steps done. */
  get stepsDone() {
    return Number(this.views.data.getBigUint64(MAP.BLOCK_BASE + HEADER.step, true));
  }

  /** Simulated time. */
  get time() {
    return this.views.data.getFloat64(MAP.BLOCK_BASE + HEADER.time, true);
  }

  /** Writes the scene and makes the first state; called by {@link createSimulation}. */
  async begin() {
    const { from } = this.options;
    writeScene(this.memory, this.#blocks.prefix, this.options.checksums ?? false);
    if (!from) await this.particles?.fill(this.fields);
    if (!this.isolated) await this.#tryPlugIns(from);
    await this.#engine.start();
    await (from ? from.between(() => this.#goOnFrom(from)) : this.#engine.call('motes_init'));
    // The run before, and its memory, are kept by nobody.
    this.options = { ...this.options, from: undefined };
    await this.#engine.call('motes_publish');
    this.#checkpointAt = performance.now();
  }

  /** @param {Simulation} [from] */
  async #tryPlugIns(from) {
    const { memory } = this;
    const { modules, options } = this.#engine;
    await tryPlugIns({ memory, modules, patience: options.patience, from: await from?.between(async () => copyOfBlock(from.memory, bytesOfBlock(from.memory))) });
  }

  /** Takes the state of another run over, which stands still meanwhile and stays as it is. @param {Simulation} from */
  async #goOnFrom(from) {
    const bytes = bytesOfBlock(from.memory);
    const at = this.#blocks.scratch(bytes);
    new Uint8Array(this.memory.buffer).set(new Uint8Array(from.memory.buffer, MAP.BLOCK_BASE, bytes), at);
    // New plug-ins are on trial in its first steps.
    const flags = at + HEADER.flags;
    this.views.data.setUint32(flags, this.views.data.getUint32(flags, true) | FLAG_WATCH, true);
    await this.#engine.carryOver(at);
    this.#trialUntil = this.stepsDone + TRIAL_STEPS;
  }

  /** Waits for its turn. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #inTurn(work) {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Runs time steps. A fault goes back to the last checkpoint and is thrown, and told by the `fault` event. @param {number} steps */
  step(steps = 1) {
    return this.#inTurn(() => this.#steps(steps));
  }

  /** @param {number} steps */
  async #steps(steps) {
    for (let left = Math.floor(steps); left > 0; ) {
      const most = [await this.recorder?.before(left), await this.sound?.before(left), this.#batch];
      const count = Math.min(left, ...most.map((steps) => steps ?? left));
      left -= count;
      const begun = performance.now();
      try {
        await this.#engine.call('motes_step', count);
      } catch (error) {
        if (error instanceof SimulationFault) {
          this.playing = false;
          await this.#engine.call('motes_restore');
          await this.recorder?.began();
          this.dispatchEvent(new CustomEvent('fault', { detail: error }));
        }
        throw error;
      }
      await this.#afterBatch(count, performance.now() - begun);
      await this.recorder?.stepped();
      await this.sound?.stepped();
      // The page's own thread gives way between batches.
      if (left > 0 && !this.isolated) await new Promise((resolve) => setTimeout(resolve));
    }
    await this.#engine.call('motes_publish');
    this.dispatchEvent(new Event('step'));
  }

  get #batchMs() {
    return this.isolated ? BATCH_MS.workers : BATCH_MS.inline;
  }

  /** Fits the next batch to the time, and keeps a checkpoint. @param {number} count @param {number} took milliseconds */
  async #afterBatch(count, took) {
    const factor = Math.min(2, Math.max(0.5, this.#batchMs / Math.max(took, 0.01)));
    if (this.stepsDone >= this.#trialUntil) {
      const flags = MAP.BLOCK_BASE + HEADER.flags;
      this.views.data.setUint32(flags, this.views.data.getUint32(flags, true) & ~FLAG_WATCH, true);
      this.#trialUntil = Infinity;
    }
    if (count === this.#batch) this.#batch = Math.max(1, Math.min(1000, Math.round(count * factor)));
    if (performance.now() - this.#checkpointAt > CHECKPOINT_EVERY_MS) await this.#checkpoint();
  }

  async #checkpoint() {
    await this.#engine.call('motes_checkpoint');
    this.#engine.trust();
    this.#checkpointAt = performance.now();
  }

  /** Keeps the present state as the one to come back to; call it after writing to `fields`. */
  checkpoint() {
    return this.#inTurn(async () => {
      await this.#checkpoint();
      await this.recorder?.changed();
    });
  }

  /** Work between two steps, with calls of physics at hand; for recorders. @template T @param {(call: Call) => Promise<T>} work @returns {Promise<T>} */
  between(work) {
    return this.#inTurn(() => work((name, ...args) => this.#engine.call(name, ...args)));
  }

  /** Runs on until {@link pause}. @param {{stepsPerFrame?: number}} [pace] */
  async play({ stepsPerFrame = 4 } = {}) {
    if (this.playing) return;
    this.playing = true;
    while (this.playing && !this.#disposed) {
      await this.step(stepsPerFrame).catch(() => (this.playing = false));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** Stops after the steps under way. */
  async pause() {
    this.playing = false;
    await this.#queue;
  }

  /**
   * Begins again from the scene with the parameters as they are now, and without what was added. Particles of a file are read from it again;
   * when that fails, the run stands where its last checkpoint was.
   */
  reset() {
    return this.#inTurn(async () => {
      const fill = async (/** @type {import('./host.js').Views['fields']} */ fields) => this.particles?.fill(fields);
      const joined = this.views.data.getUint32(MAP.BLOCK_BASE + HEADER.added, true) > 0;
      if (joined) this.recorder?.end('the run begins again without the particles that joined, so moments of it are no more to be gone back to');
      try {
        if (!(await this.#blocks.backToOrigin(fill))) await fill(this.fields);
      } catch (error) {
        await this.#engine.call('motes_restore');
        await this.#engine.call('motes_publish');
        throw error;
      }
      this.views.data.setUint32(MAP.BLOCK_BASE + HEADER.fault_status, 0, true);
      await this.#engine.call('motes_init');
      await this.recorder?.began();
      await this.#engine.call('motes_publish');
    });
  }

  /**
   * Changes a parameter between two steps.
   * @param {string} path `dt`, `force[0].acceleration`
   * @param {number | number[]} value choices and flags as numbers
   * @returns {Promise<boolean>} true if it acts at once, false if at the next reset
   */
  set(path, value) {
    const parameter = this.parameters.find((p) => p.path === path);
    if (!parameter) throw new RangeError(`there is no parameter ${path}`);
    const values = Array.isArray(value) ? value : [value];
    const inRange = values.every((v) => Number.isFinite(v) && v >= parameter.min && v <= parameter.max);
    if (!inRange || values.length !== parameter.values.length) {
      throw new RangeError(`${path} takes ${parameter.values.length} finite number(s) from ${parameter.min} to ${parameter.max}, not ${values}`);
    }
    return this.#inTurn(async () => {
      values.forEach((v, k) => this.views.data.setFloat64(MAP.BLOCK_BASE + parameter.offset + 8 * k, v, true));
      parameter.values = values;
      if (parameter.live) await this.#checkpoint();
      await this.recorder?.changed();
      return parameter.live;
    });
  }

  /** The newest frame, or `undefined` if it was taken before. */
  takeFrame() {
    return this.#reader.take(this.views);
  }

  /** The 64-bit hash of the state. @returns {Promise<bigint>} */
  hash() {
    return this.#inTurn(async () => BigInt.asUintN(64, await this.#engine.call('motes_hash')));
  }

  /** Energies and other sums. @returns {Promise<Record<keyof typeof DIAGNOSTICS, number>>} */
  diagnostics() {
    return this.#inTurn(async () => {
      await this.#engine.call('motes_diagnose');
      const at = (/** @type {number} */ offset) => this.views.data.getFloat64(MAP.BLOCK_BASE + HEADER.diagnostics + offset, true);
      const entries = Object.entries(DIAGNOSTICS).map(([name, offset]) => [name, at(offset)]);
      return Object.fromEntries(entries);
    });
  }

  /**
   * Values of 128 bins of width `range / 128`: `radial` g(r), `speed`, `profile-x`, `profile-y`, `profile-z`, `enclosed`.
   * @param {keyof typeof DISTRIBUTIONS} kind
   * @param {number} [range] largest distance or speed; profiles go over the domain
   * @returns {Promise<Float64Array>}
   */
  distribution(kind, range = 1) {
    return this.#inTurn(async () => {
      await this.#engine.call('motes_distribution', DISTRIBUTIONS[kind] ?? -1, range);
      return Float64Array.from(this.fields.distribution);
    });
  }

  /**
   * Lets particles join between two steps. They come behind all others, and the state then is the one to come back to; `fields` are other
   * arrays afterwards. What cannot join leaves the run as it is.
   * @param {import('./growth.js').Joining} joining
   * @returns {Promise<number>} id of the first of them; the others follow it
   * @throws {RangeError} when there is no room, with the numbers
   * @throws {Error} that names the particle that is none of this scene
   */
  add(joining) {
    return this.#inTurn(() => this.#add(joining));
  }

  /** @param {import('./growth.js').Joining} joining */
  async #add(joining) {
    if (this.recorder) throw new Error('the run is being recorded, and moments before could not be gone back to; detach the recorder first, and attach another afterwards');
    const scene = await loadScene(new URL(this.options.baseUrl ?? '..', import.meta.url));
    const first = await this.#blocks.join(joining, scene, this.#engine);
    const count = joining.position.length / 3;
    if (count === 0) return first;
    this.#checkpointAt = performance.now();
    await this.#engine.call('motes_publish');
    this.dispatchEvent(new CustomEvent('grown', { detail: { first, count } }));
    return first;
  }

  /**
   * Gives room behind the block, between two steps. `fields` are other arrays afterwards, since the memory's buffer may be another.
   * @param {number} bytes
   * @returns {Promise<number>} address of the room in the memory; all its bytes are zero
   * @throws {RangeError} when the memory cannot grow so far
   */
  grow(bytes) {
    return this.#inTurn(async () => this.#blocks.give(bytes));
  }

  /** Takes room back that {@link grow} gave; what was in it is lost. @param {number} address */
  release(address) {
    this.#blocks.release(address);
  }

  /**
   * Goes on with another build of the physics, from the same bytes. The run is not touched before the module has made some steps on a
   * copy of the block; should its workers die soon after, the module before takes over again at the last step that was whole (`reverted`).
   * @param {Uint8Array} bytes of the module
   * @param {import('./swap.js').SwapOptions} [options]
   * @returns {Promise<number>} milliseconds that the run stood still
   * @throws {SwapRefused} with the reason; the run is as it was
   */
  async swap(bytes, { trialSteps = 16, budget } = {}) {
    const physics = await inspect(bytes);
    const sync = /** @type {WebAssembly.Module} */ (this.#engine.modules.plainSync);
    const { plugIns } = this.#engine.modules;
    const size = () => (plugIns ? plugIns.areas.end - MAP.BLOCK_BASE : bytesOfBlock(this.memory));
    const block = await this.#inTurn(async () => copyOfBlock(this.memory, size()));
    const patience = budget ?? Math.max(2000, (10 * trialSteps * this.threads * this.#batchMs) / this.#batch);
    const difference = differences(this.#engine.modules.first, physics);
    await attempt({ physics, sync, block, plugIns: await plugIns?.forTrial(), steps: trialSteps, budget: patience, difference });
    const modules = { ...this.#engine.modules, ...(await fitPhysics(bytes, this.isolated)) };
    return this.#inTurn(async () => {
      const begun = performance.now();
      await this.#checkpoint();
      await this.#engine.replace(modules);
      const took = performance.now() - begun;
      this.dispatchEvent(new CustomEvent('swapped', { detail: { took } }));
      return took;
    });
  }

  /** Ends workers without warning, as a crash would. For tests. @param {number} worker */
  killWorker(worker) {
    this.#engine.kill(worker);
  }

  /** Stops the workers; the memory is free once nothing holds its views. */
  dispose() {
    this.#disposed = true;
    this.playing = false;
    void this.recorder?.detach();
    this.sound?.dispose();
    this.#engine.dispose();
    void this.particles?.close();
    this.#views = undefined;
  }
}
