// Calls of physics on workers or on the page's own thread. When a worker dies, a new pool goes back to the last checkpoint, repeats the steps
// since, and calls again: same bits, and the caller notices nothing but the time.

import { HEADER, MAP, STATUS } from './layout.js';
import { SimulationFault } from './fault.js';
import { overrunStack } from './host.js';
import { Inline, Pool, WorkerDied } from './pool.js';

/** New pools that one call may take before it is given up. */
const MOST_RESTARTS = 3;

/**
 * @typedef {object} Upkeep what a restart needs of its owner
 * @property {() => import('./host.js').Views} views
 * @property {() => void} settleFrames puts the frame slots in order after a crash
 * @property {() => Promise<void>} writeGiven writes the particles that do not come from the scene
 * @property {() => void} writeJoining lays the block that particles join anew
 * @property {(reason: string, step: number) => void} restarted
 * @property {(reason: string) => void} reverted the module that came last was given up for the one before
 */

export class Engine {
  /** @type {Pool | Inline | undefined} */
  #team;
  #disposed = false;
  /** What ran before, until the present module has come as far as a checkpoint. @type {import('./pool.js').Modules | undefined} */
  #before;

  /**
   * @param {WebAssembly.Memory} memory
   * @param {import('./pool.js').Modules} modules
   * @param {{threads: number, shared: boolean, patience: number}} options
   * @param {Upkeep} upkeep
   */
  constructor(memory, modules, options, upkeep) {
    this.memory = memory;
    this.modules = modules;
    this.options = options;
    this.upkeep = upkeep;
  }

  async start() {
    const { shared, threads, patience } = this.options;
    this.#team = shared ? new Pool(this.memory, threads, patience) : new Inline(this.memory);
    await this.#team.start(this.modules);
    if (this.#disposed) this.dispose();
  }

  /**
   * Starts the team anew with other modules, between two calls; with the old ones if that fails.
   * @param {import('./pool.js').Modules} modules
   */
  async replace(modules) {
    const before = this.modules;
    this.#team?.end(new Error('the module is being replaced'));
    await this.#team?.stopped();
    try {
      this.modules = modules;
      await this.start();
      this.#before = before;
    } catch (error) {
      this.#team?.end(new Error('the module could not be started'));
      await this.#team?.stopped();
      this.modules = before;
      await this.start();
      throw error;
    }
  }

  /** The present module has proved itself. */
  trust() {
    this.#before = undefined;
  }

  /**
   * Calls physics.
   * @param {string} name
   * @param {number[]} args
   * @returns {Promise<any>}
   * @throws {SimulationFault} when physics stopped
   */
  async call(name, ...args) {
    const boundary = this.#step;
    for (let attempt = 0, reason = ''; ; attempt++) {
      try {
        if (attempt > 0) await this.#recover(name, boundary, reason);
        if (!this.#team) throw new Error('the simulation was disposed of');
        return this.#check(name, await this.#team.call(name, ...args, this.options.threads));
      } catch (error) {
        if (!(error instanceof WorkerDied) || this.#disposed || attempt === MOST_RESTARTS) throw error;
        reason = error.message;
      }
    }
  }

  get #step() {
    return Number(this.upkeep.views().data.getBigUint64(MAP.BLOCK_BASE + HEADER.step, true));
  }

  /** @param {string} name @param {number} boundary @param {string} reason */
  async #recover(name, boundary, reason) {
    await this.#team?.stopped();
    const reverted = this.#before;
    if (reverted) this.modules = reverted;
    this.#before = undefined;
    await this.start();
    if (reverted) this.upkeep.reverted(reason);
    this.upkeep.settleFrames();
    if (name === 'motes_step' && this.#team) {
      await this.#team.call('motes_restore', this.options.threads);
      const replay = boundary - this.#step;
      if (replay > 0) await this.#team.call('motes_step', replay, this.options.threads);
    } else if (name === 'motes_init') {
      await this.upkeep.writeGiven();
    } else if (name === 'motes_migrate') {
      this.upkeep.writeJoining();
    }
    this.upkeep.restarted(reason, boundary);
  }

  /** Turns a status that is not 0 into a fault. @param {string} name @param {any} status */
  #check(name, status) {
    const worker = overrunStack(this.memory);
    if (worker >= 0) throw new Error(`physics ran over the stack of worker ${worker}, so the state may be damaged; this build of it is faulty`);
    if (name === 'motes_hash' || status === STATUS.OK) return status;
    const { data } = this.upkeep.views();
    const at = (/** @type {number} */ offset) => MAP.BLOCK_BASE + offset;
    throw new SimulationFault(status, data.getUint32(at(HEADER.fault_particle), true), Number(data.getBigUint64(at(HEADER.fault_step), true)));
  }

  /** Ends a worker without warning, as a crash would. @param {number} worker */
  kill(worker) {
    if (this.#team instanceof Pool) this.#team.threads[worker]?.terminate();
  }

  dispose() {
    this.#disposed = true;
    this.#team?.end(new Error('the simulation was disposed of'));
    this.#team = undefined;
  }
}
