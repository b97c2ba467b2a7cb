// physics.wasm and sync.wasm on a given memory.

import { MAP } from './layout.js';
import { link } from './plug-ins/link.js';

/**
 * @typedef {Record<string, (...args: number[]) => number | bigint>} Physics the `motes_*` functions
 */

/**
 * Instantiates both modules and all plug-ins on the memory and gives the instance its own stack.
 * @param {WebAssembly.Memory} memory
 * @param {WebAssembly.Module} sync
 * @param {WebAssembly.Module} physics
 * @param {number} worker number of the stack, from 0
 * @param {import('./plug-ins/link.js').Placed[]} [plugIns]
 * @param {(number: number) => void} [enter] see {@link link}
 * @returns {Promise<Physics>}
 */
export async function instantiate(memory, sync, physics, worker, plugIns = [], enter = undefined) {
  const imports = { env: { memory } };
  const plugs = await link(memory, plugIns, worker, enter);
  const atomics = await WebAssembly.instantiate(sync, imports);
  const instance = await WebAssembly.instantiate(physics, { ...imports, sync: atomics.exports, plug: plugs.imports });
  const stackPointer = /** @type {WebAssembly.Global} */ (instance.exports.__stack_pointer);
  stackPointer.value = MAP.STACKS + (worker + 1) * MAP.STACK_BYTES;
  return /** @type {Physics} */ (/** @type {unknown} */ ({ ...instance.exports, plug_in_init: plugs.init }));
}
