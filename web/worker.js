// One thread of physics. Worker 0 leads and carries out calls one by one; the others help until they are told to stop.

import { instantiate } from './instance.js';
import { listen } from './platform.js';

/** @type {import('./instance.js').Physics | undefined} */
let physics;

const post = await listen(async (message) => {
  try {
    if (message.kind === 'start') await start(message);
    else if (message.kind === 'call' && physics) post({ id: message.id, value: physics[message.name](...message.args) });
  } catch (error) {
    post({ id: message.id, error: String(error) });
  }
});
post({ kind: 'loaded' });

/**
 * @param {{memory: WebAssembly.Memory, sync: WebAssembly.Module, physics: WebAssembly.Module, worker: number, base: number, epoch: number,
 *   plugIns: import('./plug-ins/link.js').Placed[]}} message
 */
async function start({ memory, sync, physics: module, worker, base, epoch, plugIns }) {
  physics = await instantiate(memory, sync, module, worker, plugIns);
  post({ kind: 'ready' });
  if (worker > 0) physics.motes_help(base, worker, epoch);
}
