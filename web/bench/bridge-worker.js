// Writes frames on a thread of its own and hands them over, in one of the ways of bridge.js that cross threads.

import { exporting, importing } from './frame.js';
import { now } from './clock.js';

/** @typedef {{writing: number, written: number, allocated: number, array?: Float32Array}} Told */

/**
 * @param {string} way
 * @param {Float32Array<ArrayBuffer>} view the frame in the module's memory
 * @param {Float32Array<ArrayBuffer> | undefined} used an array that the page has done with
 * @returns {{array?: Float32Array<ArrayBuffer>, transfer: Transferable[], allocated: number}}
 */
function hand(way, view, used) {
  // The page has the memory itself, so there is nothing to send.
  if (way === 'imported-view') return { transfer: [], allocated: 0 };
  // The browser makes one copy here and gives it to the page; that one is counted there.
  if (way === 'clone') return { array: view, transfer: [], allocated: 0 };
  // A Wasm memory's buffer cannot be transferred: the module would lose its memory. So a copy is.
  const array = used ?? new Float32Array(view.length);
  array.set(view);
  return { array, transfer: [array.buffer], allocated: used ? 0 : array.byteLength };
}

/** @type {import('./frame.js').Writer} */
let writer;
let way = '';
let words = 0;

/** @param {any} message */
async function answer(message) {
  if (message.kind === 'start') {
    ({ way, words } = message);
    writer = message.memory ? await importing(message.memory) : await exporting(words);
    return self.postMessage({ kind: 'ready' });
  }
  const begun = now();
  writer.write(0, words, message.frame);
  const written = now();
  const view = new Float32Array(/** @type {ArrayBuffer} */ (writer.memory.buffer), 0, words);
  const { array, transfer, allocated } = hand(way, view, message.used);
  self.postMessage({ kind: 'frame', writing: written - begun, written, allocated, array }, { transfer });
}

self.onmessage = (event) => {
  answer(event.data).catch((error) => self.postMessage({ kind: 'error', error: String(error) }));
};
