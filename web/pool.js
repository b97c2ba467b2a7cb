// Who carries out calls to physics: a pool of workers on shared memory, or the page's own thread on ordinary memory.

import { MAP, SYNC } from './layout.js';
import { instantiate } from './instance.js';
import { startThread } from './platform.js';

/**
 * @typedef {object} Modules
 * @property {WebAssembly.Module} sync
 * @property {WebAssembly.Module} first physics with its data
 * @property {WebAssembly.Module} others physics without data and start sections
 */

/** A worker stopped answering; the pool is gone. */
export class WorkerDied extends Error {}

/** Milliseconds between two looks at the heartbeats. */
const LOOK_EVERY = 250;

/** Workers on one shared memory. Calls go to the first, one at a time. */
export class Pool {
  /** @type {import('./platform.js').Thread[]} */
  threads = [];
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  pending = new Map();
  nextId = 1;
  ended = false;

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
    await this.startOne(0, modules.sync, modules.first, epoch);
    await Promise.all(Array.from({ length: this.count - 1 }, (_, k) => this.startOne(k + 1, modules.sync, modules.others, epoch)));
  }

  /** @param {number} worker @param {WebAssembly.Module} sync @param {WebAssembly.Module} physics @param {number} epoch */
  startOne(worker, sync, physics, epoch) {
    return new Promise((resolve, reject) => {
      const start = { kind: 'start', memory: this.memory, sync, physics, worker, base: MAP.BLOCK_BASE, epoch };
      const onMessage = (/** @type {any} */ message) => {
        if (message.kind === 'loaded') this.threads[worker].post(start);
        else if (message.kind === 'ready') resolve(undefined);
        else this.settle(message);
      };
      const onEnd = (/** @type {string} */ reason) => {
        reject(new Error(`worker ${worker}: ${reason}`));
        if (!this.ended) this.end(new WorkerDied(`worker ${worker}: ${reason}`));
      };
      startThread(new URL('./worker.js', import.meta.url), onMessage, onEnd).then((thread) => (this.threads[worker] = thread), reject);
    });
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
    if (this.ended) return Promise.reject(new WorkerDied('the pool has ended'));
    const id = this.nextId++;
    const done = new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
    this.threads[0].post({ kind: 'call', id, name, args: [MAP.BLOCK_BASE, ...args] });
    return this.watch(done);
  }

  /** Ends the pool if a heartbeat stops while a call is under way. @param {Promise<any>} done */
  watch(done) {
    const seen = Array.from({ length: this.count }, () => ({ beat: NaN, since: performance.now() }));
    const timer = setInterval(() => {
      const words = new Int32Array(this.memory.buffer);
      const now = performance.now();
      seen.forEach((worker, k) => {
        const beat = Atomics.load(words, (MAP.BLOCK_BASE + SYNC.HEARTBEAT + k * SYNC.HEARTBEAT_STRIDE) / 4);
        if (beat !== worker.beat) seen[k] = { beat, since: now };
        else if (this.count > 1 && now - worker.since > this.patience) this.end(new WorkerDied(`worker ${k} gave no sign of life for ${this.patience} ms`));
      });
    }, LOOK_EVERY);
    return done.finally(() => clearInterval(timer));
  }

  /** Stops all workers and fails what is pending. @param {Error} reason */
  end(reason) {
    this.ended = true;
    Atomics.store(new Int32Array(this.memory.buffer), (MAP.BLOCK_BASE + SYNC.STOP) / 4, 1);
    for (const thread of this.threads) thread?.terminate();
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
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
  async start({ sync, first }) {
    this.physics = await instantiate(this.memory, sync, first, 0);
  }

  /** @param {string} name @param {number[]} args @returns {Promise<any>} */
  async call(name, ...args) {
    if (!this.physics) throw new Error('the simulation was disposed of');
    return this.physics[name](MAP.BLOCK_BASE, ...args);
  }

  /** @param {Error} _reason */
  end(_reason) {
    this.physics = undefined;
  }
}
