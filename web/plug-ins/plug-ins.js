// The plug-ins of a simulation, as its host sees them: what they are, where they lie, what became of them.

import { withoutData, withSharedMemory } from '../module.js';
import { HEADER, MAP, SYNC } from '../layout.js';
import { Areas } from './areas.js';

/**
 * @typedef {object} Description of a plug-in, as scene.wasm gives it
 * @property {string} file
 * @property {string} name
 * @property {string} about
 * @property {string} sha256
 * @property {string[]} stages
 * @property {string[]} writes
 * @property {{name: string, unit: string, doc: string, offset: number}[]} outputs
 * @property {{symbol: string, columns: number, rows: number, doc: string}[]} grids
 * @property {number} parametersOffset
 * @property {number} stagesOffset
 * @property {import('./areas.js').Link} link
 *
 * @typedef {object} Source a plug-in's file
 * @property {string} file what scenes call it
 * @property {Uint8Array} bytes
 */

/** A plug-in ended a call, or damaged something. */
export class PlugInFailed extends Error {
  /** @param {number} number @param {string} reason @param {string} [file] */
  constructor(number, reason, file = '') {
    super(file ? `${file}: ${reason}` : reason);
    this.number = number;
    this.reason = reason;
  }
}

/** @param {Uint8Array} bytes */
const compile = (bytes) => WebAssembly.compile(/** @type {BufferSource} */ (bytes));

export class PlugIns {
  /** @type {Uint8Array[]} */
  #fresh = [];
  /** @type {Uint8Array[]} */
  #saved = [];
  /** @type {Uint8Array[]} */
  #bytes = [];
  /** @type {{first: WebAssembly.Module, others: WebAssembly.Module}[]} */
  #modules = [];
  /** Those that were switched off, by their number. @type {Map<number, {step: number, reason: string}>} */
  stopped = new Map();

  /**
   * @param {Description[]} descriptions in the order of their records
   * @param {number} room bytes of the block and its reserve
   * @param {number} threads
   */
  constructor(descriptions, room, threads) {
    this.descriptions = descriptions;
    this.areas = new Areas(descriptions.map(({ link }) => link), MAP.BLOCK_BASE + room, threads);
  }

  /** Compiles all modules. @param {Source[]} sources @param {boolean} shared */
  async compile(sources, shared) {
    for (const { file } of this.descriptions) {
      const { bytes } = /** @type {Source} */ (sources.find((source) => source.file === file));
      this.#bytes.push(bytes);
      const fitted = shared ? withSharedMemory(bytes) : bytes;
      this.#modules.push({ first: await compile(fitted), others: await compile(withoutData(fitted)) });
    }
  }

  /** Where they have their data, and which they are. */
  get places() {
    return { first: this.areas.first, areas: this.areas.areas.map((area, k) => ({ sha256: this.descriptions[k].sha256, ...area })) };
  }

  /** For an unshared copy of the memory, which has the data already. */
  async forTrial() {
    const modules = await Promise.all(this.#bytes.map((bytes) => compile(withoutData(bytes))));
    return this.placed(0).map((placed, k) => ({ ...placed, module: modules[k] }));
  }

  /** What a worker needs to link them. @param {number} worker @returns {import('./link.js').Placed[]} */
  placed(worker) {
    let tableBase = 0;
    return this.descriptions.map(({ file, link, parametersOffset }, k) => {
      const { first, others } = this.#modules[k];
      const placed = {
        file,
        module: worker === 0 ? first : others,
        memoryBase: this.areas.areas[k].first,
        tableBase,
        tableSlots: link.tableSlots,
        stack: this.areas.stack(worker),
        parametersOffset,
      };
      tableBase += link.tableSlots;
      return placed;
    });
  }

  /** Keeps the data that the modules begin with. @param {WebAssembly.Memory} memory */
  keepFresh(memory) {
    this.#fresh = this.areas.copy(memory);
  }

  /** Brings that back. @param {WebAssembly.Memory} memory */
  refresh(memory) {
    this.areas.write(memory, this.#fresh);
  }

  /** Keeps the data as they are now. @param {WebAssembly.Memory} memory */
  save(memory) {
    this.#saved = this.areas.copy(memory);
  }

  /** Brings those back. @param {WebAssembly.Memory} memory */
  restore(memory) {
    this.areas.write(memory, this.#saved);
  }

  /** The plug-in that a worker was in when it ended, or -1; forgets it. @param {WebAssembly.Memory} memory */
  blamed(memory) {
    const words = new Int32Array(memory.buffer);
    let blamed = -1;
    for (let worker = 0; worker < MAP.MAX_THREADS; worker++) {
      const number = Atomics.exchange(words, (MAP.BLOCK_BASE + SYNC.PLUG_IN + worker * SYNC.HEARTBEAT_STRIDE) / 4, 0) - 1;
      if (blamed < 0 && number >= 0 && number < this.descriptions.length) blamed = number;
    }
    return blamed;
  }

  /** Never has it called again. @param {DataView} data @param {number} number @param {string} reason */
  stop(data, number, reason) {
    data.setFloat64(MAP.BLOCK_BASE + this.descriptions[number].stagesOffset, 0, true);
    const detail = { step: Number(data.getBigUint64(MAP.BLOCK_BASE + HEADER.step, true)), reason };
    this.stopped.set(number, detail);
    return { file: this.descriptions[number].file, ...detail };
  }

  /** What pages show: numbers are live. @param {() => DataView} data */
  views(data) {
    const all = this.stopped;
    return this.descriptions.map(({ file, name, about, sha256, stages, writes, outputs, grids, stagesOffset, link }, k) => ({
      file, name, about, sha256, stages, writes, grids,
      /** Numbers that it computes. @returns {Record<string, number>} */
      get outputs() {
        return Object.fromEntries(outputs.map((output) => [output.name, data().getFloat64(MAP.BLOCK_BASE + output.offset, true)]));
      },
      describedOutputs: outputs,
      /** Addresses of its exported data in the memory. */
      symbols: Object.fromEntries(Object.entries(link.symbols).map(([symbol, offset]) => [symbol, this.areas.areas[k].first + offset])),
      /** Why it is switched off, if it is: in a moment before that, which the run has gone back to, it is not. */
      get stopped() {
        return data().getFloat64(MAP.BLOCK_BASE + stagesOffset, true) === 0 ? all.get(k) : undefined;
      },
    }));
  }
}
