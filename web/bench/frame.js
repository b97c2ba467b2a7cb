// The module that writes frames, on a memory of the host's or on its own; and what a reader should find in a frame.

import { withSharedMemory } from '../module.js';
import { readBytes } from '../platform.js';

const PAGE = 65536;
/** Words of a frame that the reader looks at. */
const SAMPLES = 16;

/**
 * @typedef {object} Writer
 * @property {(at: number, words: number, frame: number) => void} write
 * @property {WebAssembly.Memory} memory
 */

const pages = (/** @type {number} */ words) => Math.ceil((words * 4) / PAGE);

/** @param {string} name @param {(bytes: Uint8Array) => Uint8Array} fit @param {WebAssembly.Imports} imports */
async function instantiate(name, fit, imports) {
  const bytes = fit(await readBytes(new URL(name, import.meta.url)));
  const { instance } = await WebAssembly.instantiate(/** @type {BufferSource} */ (bytes), imports);
  return /** @type {any} */ (instance.exports);
}

/** Shared memory for a frame, owned by the caller. @param {number} words */
export const sharedMemory = (words) => new WebAssembly.Memory({ initial: pages(words), maximum: pages(words), shared: true });

/** A writer into shared memory that it is given. @param {WebAssembly.Memory} memory @returns {Promise<Writer>} */
export async function importing(memory) {
  const { write } = await instantiate('imported.wasm', withSharedMemory, { env: { memory } });
  return { write, memory };
}

/** A writer that owns its memory and grows it by itself. @param {number} words @returns {Promise<Writer>} */
export async function exporting(words) {
  const { write, memory, grow } = await instantiate('exported.wasm', (bytes) => bytes, {});
  if (grow(pages(words)) < 0) throw new RangeError(`the module's memory cannot grow to ${pages(words) * PAGE} bytes; close other pages`);
  return { write, memory };
}

/** What word `word` of frame `frame` is: the same sum as in frame.wat. @param {number} word @param {number} frame */
export const expected = (word, frame) => (Math.imul(word, 2654435761) + Math.imul(frame, 40503)) >>> 8;

/**
 * Looks at the first word, the last and some between, others in each frame.
 * @param {Float32Array} array
 * @param {number} words
 * @param {number} frame
 * @returns {number} sum of what was found, exact
 * @throws {Error} when a word is not that of the frame
 */
export function check(array, words, frame) {
  if (array.length !== words) throw new Error(`frame ${frame} has ${array.length} words and should have ${words}`);
  let sum = 0;
  for (let k = 0; k < SAMPLES; k++) {
    const word = k === 0 ? 0 : k === 1 ? words - 1 : (Math.imul(k + 1, 0x9e3779b1) + Math.imul(frame, 0x85ebca6b) >>> 0) % words;
    if (array[word] !== expected(word, frame)) throw new Error(`word ${word} of frame ${frame} is ${array[word]} and should be ${expected(word, frame)}`);
    sum += array[word];
  }
  return sum;
}
