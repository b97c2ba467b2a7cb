// The simulation as a web developer sees it. Needs neither the page nor the renderer.
//
//   const simulation = await createSimulation({ scene: await (await fetch('scenes/marbles.toml')).text() });
//   await simulation.step(100);
//   simulation.fields.position;   // live Float32Array, x y z of each particle; three.js can draw from it as it is

import { DIAGNOSTICS, DISTRIBUTIONS, HEADER, MAP } from './layout.js';
import { reserveOf } from './blocks.js';
import { compileScene, compileWithParticles, fitPhysics, loadModules, loadScene } from './compile.js';
import { SimulationFault } from './fault.js';
import { createMemory, guardStacks } from './host.js';
import { canShare, processors } from './platform.js';
import { PlugIns } from './plug-ins/plug-ins.js';
import { Run } from './run.js';
import { attempt, inspect, SwapRefused } from './swap.js';

export { compileScene, SimulationFault, SwapRefused };

/** @typedef {import('./compile.js').Parameter} Parameter */
/** @typedef {import('./compile.js').Compiled} Compiled */
/** @typedef {import('./compile.js').Options} Options */

/** @typedef {(name: string, ...args: number[]) => Promise<any>} Call a call of physics */

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
    const descriptions = sources.length > 0 ? JSON.parse(compiled.json).plugIns : [];
    const wanted = reserveFor(options, plan.blockBytes, sources.length > 0);
    const { memory, room, plugIns } = allot(plan.blockBytes, wanted, descriptions, threads, shared);
    await plugIns?.compile(sources, shared);
    const modules = { ...(await loadModules(base, compiled.module, shared)), plugIns };
    simulation = new Simulation({ memory, modules, compiled, plan, room, particles, threads, shared, options });
    await simulation.begin(options.from);
    return simulation;
  } catch (error) {
    simulation?.dispose();
    await particles?.close();
    throw error;
  }
}

/**
 * Bytes that a block may grow into, and whether it must be just so many: data of plug-ins stay where the run to go on from has them.
 * @param {Options} options @param {number} blockBytes @param {boolean} plugged
 * @returns {{reserve: number, exact: boolean}}
 */
function reserveFor({ from, reserve }, blockBytes, plugged) {
  const first = plugged && from?.plugInPlaces?.first;
  if (!first) return { reserve: reserveOf(reserve, blockBytes, plugged), exact: false };
  const kept = first - MAP.BLOCK_BASE;
  if (kept < blockBytes) throw new RangeError(`the block would have ${blockBytes} bytes, and ${kept} are kept for it in front of the data of plug-ins; begin with more \`reserve\``);
  return { reserve: kept - blockBytes, exact: true };
}

/**
 * Memory for a block, its reserve and plug-ins; without the reserve where the system has no room for it.
 * @param {number} blockBytes
 * @param {{reserve: number, exact: boolean}} wanted
 * @param {import('./plug-ins/plug-ins.js').Description[]} descriptions
 * @param {number} threads
 * @param {boolean} shared
 * @returns {{memory: WebAssembly.Memory, room: number, plugIns: PlugIns | undefined}}
 */
function allot(blockBytes, { reserve, exact }, descriptions, threads, shared) {
  const room = blockBytes + reserve;
  const plugIns = descriptions.length > 0 ? new PlugIns(descriptions, room, threads) : undefined;
  try {
    const memory = createMemory(plugIns ? plugIns.areas.end - MAP.BLOCK_BASE : room, shared);
    guardStacks(memory);
    plugIns?.areas.guard(memory);
    return { memory, room, plugIns };
  } catch (error) {
    if (reserve === 0 || exact) throw error;
    return allot(blockBytes, { reserve: 0, exact }, descriptions, threads, shared);
  }
}

/** The first bytes of a block of that scene, with room for the particles that have joined the run to go on from. @param {URL} base @param {Compiled} compiled @param {Simulation} [from] */
async function planOf(base, compiled, from) {
  const joined = from?.views.data.getUint32(MAP.BLOCK_BASE + HEADER.added, true) ?? 0;
  return joined > 0 ? (await loadScene(base)).growBlock(compiled.prefix, joined) : compiled;
}

/** A running simulation. Events: `step`, `grown`, `fault`, `restarted`, `swapped`, `reverted`, `pluginstopped`. */
export class Simulation extends EventTarget {
  /** @type {Run} */
  #run;
  /** Calls one after the other. @type {Promise<any>} */
  #queue = Promise.resolve();
  #disposed = false;
  playing = false;
  /** Keeps moments to come back to; see recorder.js. @type {import('./recorder.js').Recorder | undefined} */
  recorder;
  /** Listens between steps; see sound.js. @type {import('./sound.js').Sound | undefined} */
  sound;

  /** @param {import('./run.js').Parts} parts */
  constructor(parts) {
    super();
    const { memory, compiled, particles, threads, shared, options } = parts;
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
    // The run before, and its memory, are kept by nobody.
    this.options = { ...options, from: undefined };
    this.#run = new Run(parts, this);
    const description = JSON.parse(compiled.json);
    /** @type {string} */
    this.title = description.title;
    /** @type {string} */
    this.about = description.about;
    /** Every parameter with its present value. @type {Parameter[]} */
    this.parameters = description.parameters;
  }

  /** Tells listeners. @param {string} event @param {unknown} [detail] */
  tell(event, detail) {
    if (event === 'fault') this.playing = false;
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /** Views of the memory, made anew when its buffer is another or the block has moved. */
  get views() {
    return this.#run.views;
  }

  /** Arrays of the block by name, live: `position` and `velocity` f32 x 3 interleaved, `id` and `species` u32, and those of the model. */
  get fields() {
    return this.views.fields;
  }

  /** Plug-ins with what they say of themselves, the numbers that they compute, and why they were switched off if they were. */
  get plugIns() {
    return this.#run.engine.modules.plugIns?.views(() => this.views.data) ?? [];
  }

  /** Particles in use. */
  get count() {
    return this.#run.word(HEADER.particle_count);
  }

  /** Steps done. */
  get stepsDone() {
    return this.#run.stepsDone;
  }

  /** Simulated time. */
  get time() {
    return this.views.data.getFloat64(MAP.BLOCK_BASE + HEADER.time, true);
  }

  /** Makes the first state; called by {@link createSimulation}. @param {Simulation} [from] */
  begin(from) {
    return this.#run.begin(from);
  }

  /** Waits for its turn. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #inTurn(work) {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Runs time steps. A fault goes back to the last checkpoint and is thrown, and told by the `fault` event. @param {number} steps */
  step(steps = 1) {
    return this.#inTurn(async () => {
      await this.#run.steps(steps);
      this.tell('step');
    });
  }

  /** Keeps the present state as the one to come back to; call it after writing to `fields`. */
  checkpoint() {
    return this.#inTurn(async () => {
      await this.#run.checkpoint();
      await this.recorder?.changed();
    });
  }

  /**
   * Work between two steps, with calls of physics at hand; for recorders.
   * @template T
   * @param {(call: Call, resume: () => Promise<void>) => Promise<T>} work `resume` goes on from a checkpoint that the work has written, and from the data that plug-ins have
   * @returns {Promise<T>}
   */
  between(work) {
    const { engine } = this.#run;
    return this.#inTurn(() => work((name, ...args) => engine.call(name, ...args), () => engine.resume()));
  }

  /** Where each plug-in has its data, for a run that goes on from this one. @returns {PlugIns['places'] | undefined} */
  get plugInPlaces() {
    return this.#run.engine.modules.plugIns?.places;
  }

  /** Where the data of plug-ins lie; no bytes without them. @returns {{at: number, bytes: number}} */
  get plugInData() {
    return this.#run.engine.modules.plugIns?.areas.span ?? { at: 0, bytes: 0 };
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
    return this.#inTurn(() => this.#run.reset());
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
      if (parameter.live) await this.#run.checkpoint();
      await this.recorder?.changed();
      return parameter.live;
    });
  }

  /** The newest frame, or `undefined` if it was taken before. */
  takeFrame() {
    return this.#run.reader.take(this.views);
  }

  /** The 64-bit hash of the state. @returns {Promise<bigint>} */
  hash() {
    return this.#inTurn(async () => BigInt.asUintN(64, await this.#run.engine.call('motes_hash')));
  }

  /** Energies and other sums. @returns {Promise<Record<keyof typeof DIAGNOSTICS, number>>} */
  diagnostics() {
    return this.#inTurn(async () => {
      await this.#run.engine.call('motes_diagnose');
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
      await this.#run.engine.call('motes_distribution', DISTRIBUTIONS[kind] ?? -1, range);
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
    return this.#inTurn(() => this.#run.add(joining));
  }

  /**
   * Gives room behind the block, between two steps. `fields` are other arrays afterwards, since the memory's buffer may be another.
   * @param {number} bytes
   * @returns {Promise<number>} address of the room in the memory; all its bytes are zero
   * @throws {RangeError} when the memory cannot grow so far
   */
  grow(bytes) {
    return this.#inTurn(async () => this.#run.blocks.give(bytes));
  }

  /** Takes room back that {@link grow} gave; what was in it is lost. @param {number} address */
  release(address) {
    this.#run.blocks.release(address);
  }

  /**
   * Goes on with another build of the physics, from the same bytes. The run is not touched before the module has made some steps on a
   * copy of the block; should its workers die soon after, the module before takes over again at the last step that was whole (`reverted`).
   * @param {Uint8Array} bytes of the module
   * @param {import('./swap.js').SwapOptions} [options]
   * @returns {Promise<number>} milliseconds that the run stood still
   * @throws {SwapRefused} with the reason; the run is as it was
   */
  async swap(bytes, options = {}) {
    const physics = await inspect(bytes);
    await attempt(await this.#inTurn(() => this.#run.forTrial(physics, options)));
    const fitted = await fitPhysics(bytes, this.isolated);
    return this.#inTurn(() => this.#run.replacePhysics(fitted));
  }

  /** Ends workers without warning, as a crash would. For tests. @param {number} worker */
  killWorker(worker) {
    this.#run.engine.kill(worker);
  }

  /** Stops the workers; the memory is free once nothing holds its views. */
  dispose() {
    this.#disposed = true;
    this.playing = false;
    void this.recorder?.detach();
    void this.sound?.dispose();
    this.#run.engine.dispose();
    void this.particles?.close();
  }
}
