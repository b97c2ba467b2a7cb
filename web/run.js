// A run: its memory, who makes its steps, and the state that it can come back to. One thing at a time; simulation.js sees to the turns.

import { FLAG_WATCH, HEADER, MAP, TRIAL_STEPS } from './layout.js';
import { Blocks } from './blocks.js';
import { loadScene } from './compile.js';
import { Engine } from './engine.js';
import { SimulationFault } from './fault.js';
import { FrameReader } from './frames.js';
import { bytesOfBlock } from './growth.js';
import { makeViews, writeScene } from './host.js';
import { tryPlugIns } from './plug-ins/trial.js';
import { copyOfBlock, differences } from './swap.js';

const CHECKPOINT_EVERY_MS = 2000;
/** Steps are sent in batches of about this many milliseconds: short ones where they hold up the page, long ones where workers make them. */
const BATCH_MS = { inline: 12, workers: 250 };

/**
 * @typedef {object} Parts
 * @property {WebAssembly.Memory} memory
 * @property {import('./pool.js').Modules} modules
 * @property {import('./compile.js').Compiled} compiled
 * @property {import('./blocks.js').Plan} plan of the block to begin with
 * @property {number} room bytes of that block and its reserve
 * @property {import('./particles.js').Particles} [particles] those of a file
 * @property {number} threads
 * @property {boolean} shared
 * @property {import('./compile.js').Options} options
 *
 * @typedef {object} Owner who is told of what happens, and has what looks on between steps
 * @property {import('./recorder.js').Recorder | undefined} recorder
 * @property {import('./sound.js').Sound | undefined} sound
 * @property {(event: string, detail?: unknown) => void} tell
 */

export class Run {
  /** @type {import('./host.js').Views | undefined} */
  #views;
  #checkpointAt = 0;
  #batch = 1;
  /** Step at which plug-ins that came in mid-run have passed their trial. */
  #trialUntil = Infinity;
  reader = new FrameReader();

  /** @param {Parts} parts @param {Owner} owner */
  constructor({ memory, modules, compiled, plan, room, particles, threads, shared, options }, owner) {
    this.memory = memory;
    this.particles = particles;
    this.threads = threads;
    this.shared = shared;
    this.owner = owner;
    this.base = new URL(options.baseUrl ?? '..', import.meta.url);
    this.checksums = options.checksums ?? false;
    this.blocks = new Blocks(memory, compiled, plan, room, modules.plugIns?.areas);
    this.engine = new Engine(memory, modules, { threads, shared, patience: options.patience ?? 2500 }, {
      views: () => this.views,
      settleFrames: () => this.reader.settle(this.views.words),
      writeGiven: async () => this.particles?.fill(this.views.fields),
      writeJoining: () => this.blocks.layAgain(),
      restarted: (reason, step) => owner.tell('restarted', { reason, step }),
      prefix: () => this.blocks.prefix,
      stopPlugIn: (number, reason) => owner.tell('pluginstopped', modules.plugIns?.stop(this.views.data, number, reason)),
      reverted: (reason) => owner.tell('reverted', { reason }),
    });
  }

  /** Views of the memory, made anew when its buffer is another or the block has moved. */
  get views() {
    const views = this.#views;
    const current = views && views.buffer === this.memory.buffer && views.generation === views.data.getUint32(MAP.BLOCK_BASE + HEADER.generation, true);
    return current ? views : (this.#views = makeViews(this.memory));
  }

  /** A number of the header. @param {number} offset */
  word(offset) {
    return this.views.data.getUint32(MAP.BLOCK_BASE + offset, true);
  }

  /** Steps done. */
  get stepsDone() {
    return Number(this.views.data.getBigUint64(MAP.BLOCK_BASE + HEADER.step, true));
  }

  /** Writes the scene and makes the first state, or takes that of another run. @param {import('./simulation.js').Simulation} [from] */
  async begin(from) {
    writeScene(this.memory, this.blocks.prefix, this.checksums);
    if (!from) await this.particles?.fill(this.views.fields);
    if (!this.shared) await this.#tryPlugIns(from);
    await this.engine.start();
    await (from ? from.between(() => this.#goOnFrom(from)) : this.engine.call('motes_init'));
    await this.engine.call('motes_publish');
    this.#checkpointAt = performance.now();
  }

  /** @param {import('./simulation.js').Simulation} [from] */
  async #tryPlugIns(from) {
    const { modules, options } = this.engine;
    const block = await from?.between(async () => copyOfBlock(from.memory, bytesOfBlock(from.memory)));
    await tryPlugIns({ memory: this.memory, modules, patience: options.patience, from: block });
  }

  /** Takes the state of another run over, which stands still meanwhile and stays as it is. @param {import('./simulation.js').Simulation} from */
  async #goOnFrom({ memory, plugInPlaces }) {
    const bytes = bytesOfBlock(memory);
    const at = this.blocks.scratch(bytes);
    new Uint8Array(this.memory.buffer).set(new Uint8Array(memory.buffer, MAP.BLOCK_BASE, bytes), at);
    // New plug-ins are on trial in its first steps.
    const flags = at + HEADER.flags;
    this.views.data.setUint32(flags, this.views.data.getUint32(flags, true) | FLAG_WATCH, true);
    await this.engine.carryOver(at, this.#keptOf(memory, plugInPlaces));
    this.#trialUntil = this.stepsDone + TRIAL_STEPS;
  }

  /**
   * Data of plug-ins that this run has too, in the same place: what is there may hold addresses.
   * @param {WebAssembly.Memory} memory @param {import('./plug-ins/plug-ins.js').PlugIns['places']} [before]
   */
  #keptOf(memory, before) {
    const own = this.engine.modules.plugIns?.places.areas ?? [];
    const same = (before?.areas ?? []).filter(({ sha256, first }, k) => own[k]?.sha256 === sha256 && own[k].first === first);
    return same.map(({ first, bytes }) => ({ first, data: new Uint8Array(memory.buffer, first, bytes).slice() }));
  }

  /** Runs time steps; a fault goes back to the last checkpoint and is thrown. @param {number} steps */
  async steps(steps) {
    const { owner } = this;
    for (let left = Math.floor(steps); left > 0; ) {
      const most = [await owner.recorder?.before(left), await owner.sound?.before(left), this.#batch];
      const count = Math.min(left, ...most.map((steps) => steps ?? left));
      left -= count;
      const begun = performance.now();
      try {
        await this.engine.call('motes_step', count);
      } catch (error) {
        if (error instanceof SimulationFault) await this.#goBack(error);
        throw error;
      }
      await this.#afterBatch(count, performance.now() - begun);
      await owner.recorder?.stepped();
      await owner.sound?.stepped();
      // The page's own thread gives way between batches.
      if (left > 0 && !this.shared) await new Promise((resolve) => setTimeout(resolve));
    }
    await this.engine.call('motes_publish');
  }

  /** @param {SimulationFault} fault */
  async #goBack(fault) {
    await this.engine.call('motes_restore');
    await this.owner.recorder?.began();
    this.owner.tell('fault', fault);
  }

  get #batchMs() {
    return this.shared ? BATCH_MS.workers : BATCH_MS.inline;
  }

  /** Fits the next batch to the time, and keeps a checkpoint. @param {number} count @param {number} took milliseconds */
  async #afterBatch(count, took) {
    const factor = Math.min(2, Math.max(0.5, this.#batchMs / Math.max(took, 0.01)));
    if (this.stepsDone >= this.#trialUntil) {
      this.views.data.setUint32(MAP.BLOCK_BASE + HEADER.flags, this.word(HEADER.flags) & ~FLAG_WATCH, true);
      this.#trialUntil = Infinity;
    }
    if (count === this.#batch) this.#batch = Math.max(1, Math.min(1000, Math.round(count * factor)));
    if (performance.now() - this.#checkpointAt > CHECKPOINT_EVERY_MS) await this.checkpoint();
  }

  /** Keeps the present state as the one to come back to. */
  async checkpoint() {
    await this.engine.call('motes_checkpoint');
    this.engine.trust();
    this.#checkpointAt = performance.now();
  }

  /** Begins again from the scene with the parameters as they are now, and without what was added. */
  async reset() {
    const fill = async (/** @type {import('./host.js').Views['fields']} */ fields) => this.particles?.fill(fields);
    if (this.word(HEADER.added) > 0) this.owner.recorder?.end('the run begins again without the particles that joined, so moments of it are no more to be gone back to');
    try {
      if (!(await this.blocks.backToOrigin(fill))) await fill(this.views.fields);
    } catch (error) {
      await this.engine.call('motes_restore');
      await this.engine.call('motes_publish');
      throw error;
    }
    this.views.data.setUint32(MAP.BLOCK_BASE + HEADER.fault_status, 0, true);
    await this.engine.call('motes_init');
    await this.owner.recorder?.began();
    await this.engine.call('motes_publish');
  }

  /** Lets particles join. @param {import('./growth.js').Joining} joining @returns {Promise<number>} id of the first */
  async add(joining) {
    if (this.owner.recorder) throw new Error('the run is being recorded, and moments before could not be gone back to; detach the recorder first, and attach another afterwards');
    const first = await this.blocks.join(joining, await loadScene(this.base), this.engine);
    const count = joining.position.length / 3;
    if (count === 0) return first;
    this.#checkpointAt = performance.now();
    await this.engine.call('motes_publish');
    this.owner.tell('grown', { first, count });
    return first;
  }

  /**
   * What another build of the physics is tried on.
   * @param {WebAssembly.Module} physics
   * @param {import('./swap.js').SwapOptions} options
   */
  async forTrial(physics, { trialSteps = 16, budget = Math.max(2000, (10 * trialSteps * this.threads * this.#batchMs) / this.#batch) }) {
    const { plainSync, plugIns, first } = this.engine.modules;
    const bytes = plugIns ? plugIns.areas.end - MAP.BLOCK_BASE : bytesOfBlock(this.memory);
    const sync = /** @type {WebAssembly.Module} */ (plainSync);
    const block = copyOfBlock(this.memory, bytes);
    return { physics, sync, block, plugIns: await plugIns?.forTrial(), steps: trialSteps, budget, difference: differences(first, physics) };
  }

  /**
   * Goes on with another build of the physics.
   * @param {{first: WebAssembly.Module, others: WebAssembly.Module}} physics fitted to the memory
   * @returns {Promise<number>} milliseconds that the run stood still
   */
  async replacePhysics(physics) {
    const begun = performance.now();
    await this.checkpoint();
    await this.engine.replace({ ...this.engine.modules, ...physics });
    const took = performance.now() - begun;
    this.owner.tell('swapped', { took });
    return took;
  }
}
