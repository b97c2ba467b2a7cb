// A worker that makes the first state and some steps with plug-ins on memory that nobody else sees, and tells which of them it is in.

import { MAP, STATUS } from '../layout.js';
import { createMemory, guardStacks } from '../host.js';
import { instantiate } from '../instance.js';
import { listen } from '../platform.js';

const post = await listen(async (message) => {
  // A trap, a fault or damage is for the run to tell of.
  await attempt(message).catch(() => {});
  post({ kind: 'done' });
});
post({ kind: 'loaded' });

/**
 * @param {{block: ArrayBuffer, from?: ArrayBuffer, sync: WebAssembly.Module, physics: WebAssembly.Module, plugIns: import('./link.js').Placed[], steps: number}} trial
 */
async function attempt({ block, from, sync, physics: module, plugIns, steps }) {
  const memory = createMemory(block.byteLength + (from?.byteLength ?? 0), false);
  new Uint8Array(memory.buffer).set(new Uint8Array(block), MAP.BLOCK_BASE);
  guardStacks(memory);
  const physics = await instantiate(memory, sync, module, 0, plugIns, (number) => post({ kind: 'entered', number }));
  physics.plug_in_init(MAP.BLOCK_BASE, 0);
  const at = MAP.BLOCK_BASE + block.byteLength;
  if (from) new Uint8Array(memory.buffer).set(new Uint8Array(from), at);
  let status = from ? physics.motes_migrate(at, MAP.BLOCK_BASE, 1) : physics.motes_init(MAP.BLOCK_BASE, 1);
  for (let made = 0; made < steps && status === STATUS.OK; made++) status = physics.motes_step(MAP.BLOCK_BASE, 1, 1);
}
