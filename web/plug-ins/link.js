// Plug-ins on one worker: each linked into its place, and called by physics through two imported functions.

import { MAP, STAGES, STATUS, SYNC } from '../layout.js';
import { link as dylink } from './dylink.js';

/**
 * @typedef {object} Placed a plug-in for one worker
 * @property {string} file
 * @property {WebAssembly.Module} module without data but on the first worker
 * @property {number} memoryBase address of its data
 * @property {number} tableBase its first slot in the worker's table of functions
 * @property {number} tableSlots
 * @property {number} stack upper end of the worker's stack
 * @property {number} parametersOffset bytes from a block's base to its parameters
 *
 * @typedef {object} Plugs what physics is given
 * @property {{count: () => number, call: (block: number, number: number, stage: number, first: number, count: number, dt: number) => void}} imports
 * @property {(base: number, from: number, block?: number) => number} init tells plug-ins from that number on where the block is
 */

/**
 * @param {WebAssembly.Memory} memory
 * @param {Placed[]} placed
 * @param {number} worker the first one's instances make ready what all share
 * @param {(number: number) => void} [enter] is told of the plug-in that is called, and of -1 when it is left
 * @returns {Promise<Plugs>}
 */
export async function link(memory, placed, worker, enter = () => {}) {
  const initial = placed.reduce((sum, { tableSlots }) => sum + tableSlots, 0);
  const table = new WebAssembly.Table({ element: 'anyfunc', initial });
  /** @type {Record<string, any>[]} */
  const exports = [];
  for (const plugIn of placed) exports.push(await instantiate(memory, table, plugIn, worker === 0));
  const stages = exports.map((functions) => STAGES.map((name) => functions[name]));
  const at = (MAP.BLOCK_BASE + SYNC.PLUG_IN + worker * SYNC.HEARTBEAT_STRIDE) / 4;
  // A failure leaves the number behind, so that the host knows whose it was.
  const within = (/** @type {number} */ number, /** @type {() => void} */ call) => {
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, at, number + 1);
    enter(number);
    call();
    enter(-1);
    Atomics.store(words, at, 0);
  };
  const call = (/** @type {number} */ block, /** @type {number} */ number, /** @type {number} */ stage, /** @type {number} */ first, /** @type {number} */ count, /** @type {number} */ dt) => {
    within(number, () => stages[number][stage]?.(block, block + placed[number].parametersOffset, first, count, dt));
  };
  const init = (/** @type {number} */ base, /** @type {number} */ from, block = base) => {
    for (let number = from; number < placed.length; number++) within(number, () => exports[number].init?.(block, block + placed[number].parametersOffset));
    return STATUS.OK;
  };
  return { imports: { count: () => placed.length, call }, init };
}

/**
 * @param {WebAssembly.Memory} memory
 * @param {WebAssembly.Table} table
 * @param {Placed} plugIn
 * @param {boolean} first
 * @returns {Promise<Record<string, any>>}
 */
async function instantiate(memory, table, plugIn, first) {
  const { imports, finish } = dylink(memory, table, plugIn);
  return finish(await WebAssembly.instantiate(plugIn.module, imports), first);
}
