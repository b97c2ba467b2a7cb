// Ways of a frame from a Wasm module to the page, timed: from the moment when the module has written the last word to the moment when the
// page's thread has an array that it could hand to the GPU. Writing is timed apart, and each frame is checked to have arrived.

import { check } from './frame.js';
import { WAYS } from './ways.js';

/**
 * @typedef {object} Measured
 * @property {number[]} writing milliseconds of each frame
 * @property {number[]} bridge milliseconds of each frame
 * @property {number} allocated bytes of arrays made for a frame, on average
 * @property {number} checksum sum of all words that were looked at
 */

/** Frames of one measurement by their bytes: 16 a particle, as Motes' frames have. A megabyte is 1,000,000 bytes. */
export const SIZES = [
  { bytes: 1_000_000, frames: 200 },
  { bytes: 10_000_000, frames: 60 },
  { bytes: 100_000_000, frames: 20 },
];
/** Frames before the first that counts: code is compiled and memory touched then. */
const WARM_UP = 3;

/**
 * Measures one way.
 * @param {string} name of WAYS
 * @param {number} bytes of a frame, a multiple of 16
 * @param {number} frames
 * @returns {Promise<Measured>}
 */
export async function measure(name, bytes, frames) {
  const way = WAYS[name];
  if (!way) throw new Error(`there is no way \`${name}\`; there are ${Object.keys(WAYS).join(', ')}`);
  if (!(bytes >= 16 && bytes % 16 === 0)) throw new RangeError(`a frame has a multiple of 16 bytes, not ${bytes}`);
  if (way.shares && !crossOriginIsolated) throw new Error('this page may not share memory; serve it with the headers of `cargo xtask web`');
  const words = bytes / 4;
  const source = await way.open(name, words);
  /** @type {Measured} */
  const measured = { writing: [], bridge: [], allocated: 0, checksum: 0 };
  try {
    for (let frame = 1 - WARM_UP; frame <= frames; frame++) {
      const { array, writing, bridge, allocated } = await source.next(frame);
      const sum = check(array, words, frame);
      if (frame > 0) {
        measured.writing.push(writing);
        measured.bridge.push(bridge);
        measured.allocated += allocated;
        measured.checksum += sum;
      }
      // Between frames a browser has time for its own business, such as collecting garbage.
      await new Promise((resolve) => setTimeout(resolve));
    }
  } finally {
    source.end();
  }
  return { ...measured, allocated: measured.allocated / frames };
}

/** Median, least and most. @param {number[]} values */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], least: sorted[0], most: sorted[sorted.length - 1] };
}
