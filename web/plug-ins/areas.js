// Where plug-ins have their data and stacks: behind the block and its reserve, with guard words around each.

import { GUARD, GUARD_BYTES } from '../layout.js';

/** Bytes of a stack, of which a worker has one for all plug-ins: they are called one after the other. */
const STACK_BYTES = 65536;

/**
 * @typedef {object} Link what scene.wasm found out about a module
 * @property {number} stages
 * @property {number} memoryBytes
 * @property {number} memoryAlign
 * @property {number} tableSlots
 * @property {Record<string, number>} symbols
 */

/** Data of each plug-in, and the stacks, in one memory. */
export class Areas {
  /**
   * @param {Link[]} links
   * @param {number} first first byte behind the block and its reserve
   * @param {number} threads
   */
  constructor(links, first, threads) {
    const up = (/** @type {number} */ at, /** @type {number} */ step) => Math.ceil(at / step) * step;
    let end = first;
    this.first = first;
    /** @type {{first: number, bytes: number}[]} */
    this.areas = links.map(({ memoryBytes, memoryAlign }) => {
      const at = up(end + GUARD_BYTES, memoryAlign);
      end = at + up(memoryBytes, 64) + GUARD_BYTES;
      return { first: at, bytes: up(memoryBytes, 64) };
    });
    this.stacks = up(end, 64);
    this.threads = links.length === 0 ? 0 : threads;
    /** One past the last byte. */
    this.end = this.stacks + this.threads * STACK_BYTES;
  }

  /** Upper end of a worker's stack. @param {number} worker */
  stack(worker) {
    return this.stacks + (worker + 1) * STACK_BYTES;
  }

  /** Addresses of guard words, and whose they are: stacks are nobody's. @returns {{at: number, number: number}[]} */
  guards() {
    const around = this.areas.flatMap(({ first, bytes }, number) => [{ at: first - GUARD_BYTES, number }, { at: first + bytes, number }]);
    const stacks = Array.from({ length: this.threads }, (_, worker) => ({ at: this.stack(worker) - STACK_BYTES, number: 0 }));
    return [...around, ...stacks];
  }

  /** Writes the guard words. @param {WebAssembly.Memory} memory */
  guard(memory) {
    const words = new Uint32Array(memory.buffer);
    for (const { at } of this.guards()) words.fill(GUARD, at / 4, (at + GUARD_BYTES) / 4);
  }

  /** A plug-in whose guard words have changed, or -1; they are right again afterwards. @param {WebAssembly.Memory} memory */
  overrun(memory) {
    const words = new Uint32Array(memory.buffer);
    const changed = this.guards().find(({ at }) => words.subarray(at / 4, (at + GUARD_BYTES) / 4).some((word) => word !== GUARD));
    if (!changed) return -1;
    this.guard(memory);
    return changed.number;
  }

  /** From the first area to the last, with the guard words in between: what a recorder keeps. @returns {{at: number, bytes: number}} */
  get span() {
    const { first: at, bytes } = this.areas[this.areas.length - 1];
    return { at: this.areas[0].first, bytes: at + bytes - this.areas[0].first };
  }

  /** A copy of all data. @param {WebAssembly.Memory} memory @returns {Uint8Array[]} */
  copy(memory) {
    return this.areas.map(({ first, bytes }) => new Uint8Array(memory.buffer, first, bytes).slice());
  }

  /** Brings a copy back. @param {WebAssembly.Memory} memory @param {Uint8Array[]} contents */
  write(memory, contents) {
    contents.forEach((bytes, k) => new Uint8Array(memory.buffer).set(bytes, this.areas[k].first));
  }
}
