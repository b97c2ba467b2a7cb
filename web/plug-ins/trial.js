// Where the page's own thread makes the steps nobody can end a loop that does not end. So plug-ins are tried there before they may begin: a
// worker makes the first state and some steps with them, on ordinary memory of its own. Whatever else goes wrong shows in the run itself.

import { MAP } from '../layout.js';
import { withinTime } from '../deadline.js';
import { PlugInFailed } from './plug-ins.js';

/** Steps of a trial. */
const STEPS = 16;

/**
 * @param {object} trial
 * @param {WebAssembly.Memory} trial.memory with the scene's first bytes in it, and particles that it does not make itself
 * @param {import('../pool.js').Modules} trial.modules for ordinary memory
 * @param {number} trial.patience milliseconds that a call of a plug-in may take
 * @param {ArrayBuffer} [trial.from] block of a run that is to be gone on from
 * @returns {Promise<void>}
 * @throws {PlugInFailed} when a call took longer
 */
export async function tryPlugIns({ memory, modules: { sync, first, plugIns }, patience, from }) {
  if (!plugIns) return;
  const block = memory.buffer.slice(MAP.BLOCK_BASE);
  const late = (/** @type {number} */ number) => new PlugInFailed(number, `it took longer than ${patience} ms`, plugIns.descriptions[number].file);
  const trial = { block, from, sync, physics: first, plugIns: plugIns.placed(0), steps: STEPS };
  await withinTime(new URL('./trial-worker.js', import.meta.url), trial, from ? [block, from] : [block], patience, late);
}
