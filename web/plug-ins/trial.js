// Where the page's own thread makes the steps nobody can end a loop that does not end. So plug-ins are tried there before they may begin: a
// worker makes the first state and some steps with them, on ordinary memory of its own. Whatever else goes wrong shows in the run itself.

import { MAP } from '../layout.js';
import { startThread } from '../platform.js';
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
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {import('../platform.js').Thread | undefined} */
  let thread;
  const verdict = new Promise((resolve, reject) => {
    const late = (/** @type {number} */ number) => reject(new PlugInFailed(number, `it took longer than ${patience} ms`, plugIns.descriptions[number].file));
    const onMessage = (/** @type {any} */ message) => {
      clearTimeout(timer);
      if (message.kind === 'loaded') thread?.post({ block, from, sync, physics: first, plugIns: plugIns.placed(0), steps: STEPS }, from ? [block, from] : [block]);
      else if (message.kind === 'entered' && message.number >= 0) timer = setTimeout(() => late(message.number), patience);
      else if (message.kind === 'done') resolve(undefined);
    };
    startThread(new URL('./trial-worker.js', import.meta.url), onMessage, (reason) => reject(new Error(`plug-ins could not be tried: ${reason}`))).then((started) => (thread = started), reject);
  });
  try {
    await verdict;
  } finally {
    clearTimeout(timer);
    await thread?.terminate();
  }
}
