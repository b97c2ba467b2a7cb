// Calls into somebody else's code on a worker that is ended when one does not come back in time. The worker tells `loaded`, which number of
// code it has `entered` (-1 when it has left), and `done`.

import { startThread } from './platform.js';

/**
 * @param {URL} url of the worker
 * @param {object} message what it is to do, posted when it is loaded
 * @param {ArrayBuffer[]} transfer
 * @param {number} patience milliseconds that a call may take
 * @param {(number: number) => Error} late what it is when the code of that number takes longer
 * @returns {Promise<void>}
 */
export async function withinTime(url, message, transfer, patience, late) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {import('./platform.js').Thread | undefined} */
  let thread;
  const verdict = new Promise((resolve, reject) => {
    const onMessage = (/** @type {{kind: string, number: number}} */ { kind, number }) => {
      clearTimeout(timer);
      if (kind === 'loaded') thread?.post(message, transfer);
      else if (kind === 'entered' && number >= 0) timer = setTimeout(() => reject(late(number)), patience);
      else if (kind === 'done') resolve(undefined);
    };
    startThread(url, onMessage, (reason) => reject(new Error(`a trial could not be made: the worker ${reason}`))).then((started) => (thread = started), reject);
  });
  try {
    await verdict;
  } finally {
    clearTimeout(timer);
    await thread?.terminate();
  }
}
