// The ways of a frame from a Wasm module to the page.

import { now } from './clock.js';
import { exporting, sharedMemory } from './frame.js';

/**
 * @typedef {object} Handed
 * @property {Float32Array} array
 * @property {number} writing milliseconds that the module took
 * @property {number} bridge milliseconds from then on
 * @property {number} allocated bytes of arrays made for this frame
 *
 * @typedef {object} Source
 * @property {(frame: number) => Promise<Handed>} next the array is good until the next call
 * @property {() => void} end
 *
 * @typedef {object} Way
 * @property {string} title
 * @property {boolean} shares needs a page that may share memory
 * @property {(way: string, words: number) => Promise<Source>} open
 */

/** @type {Record<string, Way>} */
export const WAYS = {
  'imported-view': { title: 'imported shared memory, worker writes, page views it', shares: true, open: fromWorker },
  'exported-view': { title: 'exported memory, one thread, page views it', shares: false, open: fromOwnThread(() => viewed) },
  'exported-set': { title: 'exported memory, one thread, copied into an array that is kept', shares: false, open: fromOwnThread(copiedIntoKept) },
  'exported-slice': { title: 'exported memory, one thread, copied into a new array', shares: false, open: fromOwnThread(() => sliced) },
  'transfer-returned': { title: 'worker copies into an array and transfers it, page transfers it back', shares: false, open: fromWorker },
  transfer: { title: 'worker copies into a new array and transfers it', shares: false, open: fromWorker },
  clone: { title: 'worker posts its view, the browser clones it', shares: false, open: fromWorker },
};

/** @typedef {(view: Float32Array) => {array: Float32Array, allocated: number}} Hand */

/** @type {Hand} */
const viewed = (view) => ({ array: view, allocated: 0 });

/** @type {Hand} */
function sliced(view) {
  const array = view.slice();
  return { array, allocated: array.byteLength };
}

/** @param {number} words @returns {Hand} */
function copiedIntoKept(words) {
  const array = new Float32Array(words);
  return (view) => {
    array.set(view);
    return { array, allocated: 0 };
  };
}

/** The module runs on the page's own thread. @param {(words: number) => Hand} make @returns {Way['open']} */
function fromOwnThread(make) {
  return async (_, words) => {
    const [writer, hand] = [await exporting(words), make(words)];
    const next = async (/** @type {number} */ frame) => {
      const begun = now();
      writer.write(0, words, frame);
      const written = now();
      const handed = hand(new Float32Array(writer.memory.buffer, 0, words));
      return { ...handed, writing: written - begun, bridge: now() - written };
    };
    return { next, end: () => {} };
  };
}

/** The module runs in a worker. @type {Way['open']} */
async function fromWorker(way, words) {
  const worker = new Worker(new URL('bridge-worker.js', import.meta.url), { type: 'module' });
  const memory = WAYS[way].shares ? sharedMemory(words) : undefined;
  /** @type {Float32Array<ArrayBuffer> | undefined} */
  let used;
  const next = (/** @type {number} */ frame) =>
    ask(worker, { kind: 'next', frame, used }, used ? [used.buffer] : [], ({ writing, written, allocated, array: sent }) => {
      const array = memory ? new Float32Array(memory.buffer, 0, words) : sent;
      const bridge = Math.max(0, now() - written); // Rounding of the clocks may make it a hair less than nothing.
      used = way === 'transfer-returned' ? sent : undefined;
      return { array, writing, bridge, allocated: allocated + (way === 'clone' ? sent.buffer.byteLength : 0) };
    });
  try {
    await ask(worker, { kind: 'start', way, words, memory }, [], () => {});
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return { next, end: () => worker.terminate() };
}

/**
 * Posts a message and takes the answer, at once when it comes.
 * @template T
 * @param {Worker} worker
 * @param {unknown} message
 * @param {Transferable[]} transfer
 * @param {(told: any) => T} take
 * @returns {Promise<T>}
 */
function ask(worker, message, transfer, take) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.kind === 'error' ? reject(new Error(data.error)) : resolve(take(data)));
    worker.onerror = (event) => reject(new Error(event.message || 'bridge-worker.js could not be loaded'));
    worker.postMessage(message, transfer);
  });
}
