// Who carries out calls to physics: a pool of workers on shared memory, or the page's own thread on ordinary memory.

import { MAP, SYNC } from './layout.js';
import { instantiate } from './instance.js';
import { startThread } from './platform.js';

/**
 * @typedef {object} Modules
 * @property {WebAssembly.Module} sync
 * @property {WebAssembly.Module} [plainSync] the same for ordinary memory, on which new builds are tried
 * @property {WebAssembly.Module} first physics with its data
 * @property {WebAssembly.Module} others physics without data and start sections
 * @property {import('./plug-ins/plug-ins.js').PlugIns} [plugIns]
 */

/** A worker stopped answering; the pool is gone. */
export class WorkerDied extends Error {}

/** Milliseconds between two looks at the heartbeats, at most. */
const LOOK_EVERY = 250;
/** Milliseconds within which a living worker's heart beats: a worker that waits looks up every 100. */
const PULSE = 200;
/** Milliseconds that a worker may take to load and instantiate. */
const START_PATIENCE = 20_000;

/** Workers on one shared memory. Calls go to the first, one at a time. */
export class Pool {
  /** @type {import('./platform.js').Thread[]} */
  threads = [];
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  pending = new Map();
  nextId = 1;
  ended = false;
  /** Whether each worker surely runs no more; there once the pool has ended. @type {Promise<boolean[]>} */
  terminated = Promise.resolve([]);

  /** @param {WebAssembly.Memory} memory @param {number} count @param {number} patience milliseconds without a heartbeat */
  constructor(memory, count, patience) {
    this.memory = memory;
    this.count = count;
    this.patience = patience;
  }

  /** Starts all workers; the first writes the module's data before the others come. @param {Modules} modules */
  async start(modules) {
    const words = new Int32Array(this.memory.buffer);
    Atomics.store(words, (MAP.BLOCK_BASE + SYNC.STOP) / 4, 0);
    const epoch = Atomics.load(words, (MAP.BLOCK_BASE + SYNC.EPOCH) / 4);
    await this.startOne(0, modules, modules.first, epoch);
    await Promise.all(Array.from({ length: this.count - 1 }, (_, k) => this.startOne(k + 1, modules, modules.others, epoch)));
  }

  /** @param {number} worker @param {Modules} modules @param {WebAssembly.Module} physics @param {number} epoch */
  startOne(worker, { sync, plugIns }, physics, epoch) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Promise<void>} */
    const started = new Promise((resolve, reject) => {
      const start = { kind: 'start', memory: this.memory, sync, physics, worker, base: MAP.BLOCK_BASE, epoch, plugIns: plugIns?.placed(worker) };
      const onMessage = (/** @type {any} */ message) => {
        if (message.kind === 'loaded') this.threads[worker].post(start);
        else if (message.kind === 'ready') resolve();
        else this.settle(message);
      };
      const onEnd = (/** @type {string} */ reason) => {
        const died = new WorkerDied(`worker ${worker}: ${reason}`);
        reject(died);
        if (!this.ended) this.end(died);
      };
      timer = setTimeout(() => onEnd(`did not start within ${START_PATIENCE} ms`), START_PATIENCE);
      startThread(new URL('./worker.js', import.meta.url), onMessage, onEnd).then((thread) => (this.threads[worker] = thread), reject);
    });
    return started.finally(() => clearTimeout(timer));
  }

  /** @param {{id: number, value?: any, error?: string}} message */
  settle({ id, value, error }) {
    const call = this.pending.get(id);
    this.pending.delete(id);
    // A trap leaves helpers inside a job that nobody will finish: the pool is as good as dead.
    if (error) this.end(new WorkerDied(error));
    if (error) call?.reject(new WorkerDied(error));
    else call?.resolve(value);
  }

  /** Calls `motes_*` on the leader. @param {string} name @param {number[]} args @returns {Promise<any>} */
  call(name, ...args) {
    return this.callAt(MAP.BLOCK_BASE, name, ...args);
  }

  /** As {@link call}, on a block that lies elsewhere. @param {number} base @param {string} name @param {number[]} args @returns {Promise<any>} */
  callAt(base, name, ...args) {
    if (this.ended) return Promise.reject(new WorkerDied('the pool has ended'));
    const id = this.nextId++;
    const done = new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
    this.threads[0].post({ kind: 'call', id, name, args: [base, ...args] });
    return this.watch(done);
  }

  /** Ends the pool if a heartbeat stops while a call is under way. @param {Promise<any>} done */
  watch(done) {
    const every = Math.min(LOOK_EVERY, this.patience / 4);
    let seen = this.heartbeats();
    const still = seen.map(() => 0);
    // Looks are counted, not time: a machine that was asleep has let no worker down.
    const timer = setInterval(() => {
      const now = this.heartbeats();
      now.forEach((beat, k) => (still[k] = beat === seen[k] ? still[k] + 1 : 0));
      seen = now;
      const dead = still.findIndex((looks) => looks * every >= this.patience);
      if (dead >= 0) this.end(new WorkerDied(`worker ${dead} gave no sign of life for ${this.patience} ms`));
    }, every);
    return done.finally(() => clearInterval(timer));
  }

  /** The workers' heartbeats. */
  heartbeats() {
    const words = new Int32Array(this.memory.buffer);
    return Array.from({ length: this.count }, (_, k) => Atomics.load(words, (MAP.BLOCK_BASE + SYNC.HEARTBEAT + k * SYNC.HEARTBEAT_STRIDE) / 4));
  }

  /** Stops all workers and fails what is pending. @param {Error} reason */
  end(reason) {
    this.ended = true;
    const words = new Int32Array(this.memory.buffer);
    Atomics.store(words, (MAP.BLOCK_BASE + SYNC.STOP) / 4, 1);
    // A new epoch, so that no helper sleeps on the old one.
    Atomics.add(words, (MAP.BLOCK_BASE + SYNC.EPOCH) / 4, 1);
    Atomics.notify(words, (MAP.BLOCK_BASE + SYNC.EPOCH) / 4);
    this.terminated = Promise.all(this.threads.map((thread) => thread?.terminate() ?? true));
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }

  /** Waits until no worker of the ended pool can write to the memory any more. */
  async stopped() {
    const sure = (await this.terminated).every(Boolean);
    for (let before = this.heartbeats(), quiet = sure; !quiet; ) {
      await new Promise((resolve) => setTimeout(resolve, PULSE));
      const now = this.heartbeats();
      quiet = now.every((beat, k) => beat === before[k]);
      before = now;
    }
  }
}

/** The page's own thread on ordinary memory. */
export class Inline {
  count = 1;
  /** @type {import('./instance.js').Physics | undefined} */
  physics;

  /** @param {WebAssembly.Memory} memory */
  constructor(memory) {
    this.memory = memory;
  }

  /** @param {Modules} modules */
  async start({ sync, first, plugIns }) {
    this.physics = await instantiate(this.memory, sync, first, 0, plugIns?.placed(0));
  }

  /** @param {string} name @param {number[]} args @returns {Promise<any>} */
  async call(name, ...args) {
    return this.callAt(MAP.BLOCK_BASE, name, ...args);
  }

  /** @param {number} base @param {string} name @param {number[]} args @returns {Promise<any>} */
  async callAt(base, name, ...args) {
    if (!this.physics) throw new Error('the simulation was disposed of');
    try {
      return this.physics[name](base, ...args);
    } catch (error) {
      // What trapped left its stack as it was: only a new instance goes on.
      throw new WorkerDied(String(error));
    }
  }

  /** @param {Error} _reason */
  end(_reason) {
    this.physics = undefined;
  }

  /** Nothing runs beside the page's own thread. */
  async stopped() {}
}
