// A worker that tries a module of physics on a copy of the block, on ordinary memory that nobody else sees.

import { MAP, STATUS } from './layout.js';
import { createMemory, guardStacks, makeViews, overrunStack } from './host.js';
import { instantiate } from './instance.js';
import { listen } from './platform.js';
import { misfit } from './swap.js';

const post = await listen((message) => attempt(message).catch((error) => post({ kind: 'refused', reason: `the new module failed: ${error.message ?? error}` })));
post({ kind: 'loaded' });

/**
 * @param {{physics: WebAssembly.Module, sync: WebAssembly.Module, block: ArrayBuffer, plugIns: import('./plug-ins/link.js').Placed[],
 *   steps: number, difference: string}} trial
 */
async function attempt({ physics: module, sync, block, plugIns, steps, difference: layouts }) {
  const memory = createMemory(block.byteLength, false);
  new Uint8Array(memory.buffer).set(new Uint8Array(block), MAP.BLOCK_BASE);
  guardStacks(memory);
  const physics = await instantiate(memory, sync, module, 0, plugIns);
  post({ kind: 'ready' });
  const difference = misfit(Number(physics.motes_abi_version()), BigInt(physics.motes_layout_hash()), layouts);
  if (difference) return post({ kind: 'refused', reason: difference });
  for (let made = 0; made < steps; made++) {
    const reason = step(memory, physics);
    if (reason) return post({ kind: 'refused', reason: `the new module failed at step ${made + 1} of its trial: ${reason}` });
    post({ kind: 'step', made: made + 1 });
  }
  post({ kind: 'done' });
}

/** One step; what was wrong with it, or nothing. @param {WebAssembly.Memory} memory @param {import('./instance.js').Physics} physics */
function step(memory, physics) {
  let status;
  try {
    status = physics.motes_step(MAP.BLOCK_BASE, 1, 1);
  } catch (error) {
    return `it trapped: ${/** @type {Error} */ (error).message}`;
  }
  if (status !== STATUS.OK) return Object.entries(STATUS).find(([, value]) => value === status)?.[0] ?? `status ${status}`;
  if (overrunStack(memory) >= 0) return 'it ran over its stack';
  const { fields } = makeViews(memory);
  const bad = ['position', 'velocity'].find((name) => !allFinite(fields[name]));
  return bad ? `it left a ${bad} that is not a finite number` : '';
}

/** Zero times a number is zero, times what is none it is none: a sum is all that a million particles need. @param {import('./host.js').FieldArray} values */
function allFinite(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += 0 * values[k];
  return sum === 0;
}
