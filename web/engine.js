// Calls of physics on workers or on the page's own thread. When a worker dies, a new pool goes back to the last checkpoint, repeats the steps
// since, and calls again: same bits, and the caller notices nothing but the time.

import { HEADER, MAP, STATUS } from './layout.js';
import { SimulationFault } from './fault.js';
import { mendHeader, overrunStack } from './host.js';
import { PlugInFailed } from './plug-ins/plug-ins.js';
import { Inline, Pool, WorkerDied } from './pool.js';

/** What a plug-in can have damaged. */
const DAMAGE = ["the block's header or tables", 'bytes between arrays', 'an array that it does not name in `writes`'];
/** New pools that one call may take before it is given up. */
const MOST_RESTARTS = 3;

/**
 * @typedef {object} Upkeep what a restart needs of its owner
 * @property {() => import('./host.js').Views} views
 * @property {() => void} settleFrames puts the frame slots in order after a crash
 * @property {() => Promise<void>} writeGiven writes the particles that do not come from the scene
 * @property {() => void} writeJoining lays the block that particles join anew
 * @property {(reason: string, step: number) => void} restarted
 * @property {() => Uint8Array} prefix the block's first bytes as the scene has them
 * @property {(number: number, reason: string) => void} stopPlugIn never calls a plug-in again, and tells
 * @property {(reason: string) => void} reverted the module that came last was given up for the one before
 */

export class Engine {
  /** @type {Pool | Inline | undefined} */
  #team;
  #disposed = false;
  #began = false;
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
    // Data outlive the instances that brought them: new ones bring them as they were in the beginning.
    const data = this.#began ? this.#plugIns?.areas.copy(this.memory) : undefined;
    await this.#team.start(this.modules);
    if (data) this.#plugIns?.areas.write(this.memory, data);
    else this.#plugIns?.keepFresh(this.memory);
    this.#began = true;
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
    let boundary = this.#step;
    for (let attempt = 0, reason = ''; ; attempt++) {
      try {
        if (attempt > 0) await this.#recover(name, boundary, reason);
        return await this.#callOnce(name, args);
      } catch (caught) {
        const error = this.#blame(caught);
        if (error instanceof PlugInFailed && !this.#disposed) {
          if (name !== 'motes_step') throw this.#named(error);
          const made = await this.#goOnWithout(error, boundary);
          args[0] -= made;
          boundary += made;
          attempt = -1;
        } else if (!(error instanceof WorkerDied) || this.#disposed || attempt === MOST_RESTARTS) throw error;
        else reason = error.message;
      }
    }
  }

  /** @param {string} name @param {number[]} args */
  async #callOnce(name, args) {
    if (!this.#team) throw new Error('the simulation was disposed of');
    const { memory } = this;
    if (name === 'motes_init') {
      this.#plugIns?.refresh(memory);
      if (this.#plugIns) await this.#team.call('plug_in_init', 0);
    } else if (name === 'motes_restore') this.#plugIns?.restore(memory);
    const at = name === 'motes_migrate' ? args[0] : MAP.BLOCK_BASE;
    const result = this.#check(name, await this.#team.call(name, ...args, this.options.threads), at);
    if (name === 'motes_init' || name === 'motes_checkpoint') this.#plugIns?.save(memory);
    return result;
  }

  /**
   * Makes the first state of another run's: of the block that was copied to that address. Helpers wait at the words of this run's block, so
   * the leader does it alone.
   * @param {number} at
   * @param {{first: number, data: Uint8Array}[]} kept data of plug-ins that were there before
   */
  async carryOver(at, kept) {
    if (!this.#team) throw new Error('the simulation was disposed of');
    this.#plugIns?.refresh(this.memory);
    for (const { first, data } of kept) new Uint8Array(this.memory.buffer).set(data, first);
    try {
      if (this.#plugIns) await this.#team.call('plug_in_init', 0);
      this.#check('motes_migrate', await this.#team.callAt(at, 'motes_migrate', MAP.BLOCK_BASE, 1));
    } catch (caught) {
      const error = this.#blame(caught);
      throw error instanceof PlugInFailed ? this.#named(error) : error;
    }
    this.#plugIns?.save(this.memory);
  }

  /**
   * Carries the run over to the plan that was laid at that address. When that cannot be, the run and the data of plug-ins are as they were.
   * @param {number} at
   */
  async migrate(at) {
    const kept = this.#plugIns?.areas.copy(this.memory);
    try {
      if (this.#plugIns) await this.call('plug_in_init', 0, at);
      await this.call('motes_migrate', at);
    } catch (error) {
      await this.#tellPlugIns();
      if (kept) this.#plugIns?.areas.write(this.memory, kept);
      throw error;
    }
  }

  /** Goes on from a checkpoint that somebody else has written, with the data that plug-ins have now. */
  async resume() {
    this.#plugIns?.save(this.memory);
    await this.call('motes_restore');
  }

  /** The block that was migrated stands where blocks stand. */
  async moved() {
    this.trust();
    await this.#tellPlugIns();
    this.#plugIns?.save(this.memory);
  }

  /** Tells plug-ins that arrays have moved; one that fails in it is switched off. */
  async #tellPlugIns() {
    for (let from = 0; from < (this.#plugIns?.descriptions.length ?? 0); ) {
      try {
        await this.call('plug_in_init', from, MAP.BLOCK_BASE);
        return;
      } catch (error) {
        if (!(error instanceof PlugInFailed)) throw error;
        this.upkeep.stopPlugIn(error.number, `init: ${error.reason}`);
        from = error.number + 1;
      }
    }
  }

  get #plugIns() {
    return this.modules.plugIns;
  }

  /** @param {PlugInFailed} error */
  #named({ number, reason }) {
    return new PlugInFailed(number, reason, this.#plugIns?.descriptions[number].file);
  }

  /** Whose fault an error is: a plug-in's if a worker was in one. @param {unknown} error */
  #blame(error) {
    if (!this.#plugIns || !(error instanceof WorkerDied)) return error;
    const number = this.#plugIns.blamed(this.memory);
    return number < 0 ? error : new PlugInFailed(number, error.message);
  }

  /**
   * Goes back to the last checkpoint, makes the whole steps since once more, and switches the plug-in off.
   * @param {PlugInFailed} failed
   * @param {number} boundary step at which the call began
   * @returns {Promise<number>} steps of the call that were whole
   */
  async #goOnWithout({ number, reason }, boundary) {
    let whole = this.#step - boundary;
    try {
      await this.#replay(boundary + whole);
    } catch (error) {
      if (!(this.#blame(error) instanceof PlugInFailed)) throw error;
      // It does not do the same twice: no step of the call with it can be relied on.
      whole = 0;
      await this.#replay(boundary);
    }
    this.upkeep.stopPlugIn(number, reason);
    return whole;
  }

  /** A new team, at the step that is asked for. @param {number} step */
  async #replay(step) {
    this.#team?.end(new Error('a plug-in failed'));
    await this.#team?.stopped();
    mendHeader(this.memory, this.upkeep.prefix());
    await this.start();
    this.upkeep.settleFrames();
    await this.#callOnce('motes_restore', []);
    const missing = step - this.#step;
    if (missing > 0) await this.#callOnce('motes_step', [missing]);
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
      await this.#callOnce('motes_restore', []);
      const replay = boundary - this.#step;
      if (replay > 0) await this.#callOnce('motes_step', [replay]);
    } else if (name === 'motes_init') {
      await this.upkeep.writeGiven();
    } else if (name === 'motes_migrate') {
      this.upkeep.writeJoining();
    }
    this.upkeep.restarted(reason, boundary);
  }

  /** Turns a status that is not 0 into a fault, which the block at that address tells of. @param {string} name @param {any} status @param {number} [base] */
  #check(name, status, base = MAP.BLOCK_BASE) {
    const worker = overrunStack(this.memory);
    if (worker >= 0) throw new Error(`physics ran over the stack of worker ${worker}, so the state may be damaged; this build of it is faulty`);
    if (name === 'motes_hash' || status === STATUS.OK) {
      const number = this.#plugIns?.areas.overrun(this.memory) ?? -1;
      if (number >= 0) throw new PlugInFailed(number, 'it wrote beyond its area or its stack');
      return status;
    }
    const { data } = this.upkeep.views();
    const at = (/** @type {number} */ offset) => base + offset;
    if (status === STATUS.PLUG_IN_DAMAGE) {
      const what = DAMAGE[data.getFloat64(at(HEADER.fault_detail) + 8, true)];
      throw new PlugInFailed(data.getUint32(at(HEADER.fault_particle), true), `it changed ${what}`);
    }
    const step = name === 'motes_migrate' ? this.#step : Number(data.getBigUint64(at(HEADER.fault_step), true));
    throw new SimulationFault(status, data.getUint32(at(HEADER.fault_particle), true), step);
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
