// The reader's end of the three frame slots: takes the newest complete frame and never waits.

import { FRAME, FRAME_DESCRIPTOR, FRAME_STRIDE, FRESH, HEADER, MAP, MOVING, SYNC } from './layout.js';

const GENERATION = (MAP.BLOCK_BASE + HEADER.generation) / 4;

/**
 * @typedef {object} Frame four f32 a particle: x, y, z and the scalar to colour by
 * @property {number} byteOffset address in the memory
 * @property {number} byteLength
 * @property {number} particleCount
 * @property {number} frameNumber counts published frames from 1
 * @property {number} step
 * @property {number} time
 * @property {number} scalarMin
 * @property {number} scalarMax
 * @property {bigint} checksum 0 unless asked for
 */

/** The one reader of a block's frames. */
export class FrameReader {
  /** Slot that this reader owns. */
  front = 2;
  /** The header's generation when the frame was taken. */
  generation = 0;

  /**
   * The newest frame, or `undefined` if it was taken before or the block is being moved.
   * @param {import('./host.js').Views} views
   * @returns {Frame | undefined}
   */
  take({ data, words }) {
    this.generation = Atomics.load(words, GENERATION);
    if (this.generation & MOVING) return undefined;
    const middle = (MAP.BLOCK_BASE + SYNC.FRAME_MIDDLE) / 4;
    if ((Atomics.load(words, middle) & FRESH) === 0) return undefined;
    this.front = Atomics.exchange(words, middle, this.front) & 3;
    return this.describe(data);
  }

  /**
   * Whether the block stands where it did when the frame was taken. A reader on another thread than the host's asks after it has read: if not,
   * what it read is not to be used, and views are to be made anew.
   * @param {import('./host.js').Views} views
   */
  holds({ words }) {
    // A read that also writes, so that no read before it comes after it.
    return Atomics.or(words, GENERATION, 0) === this.generation;
  }

  /**
   * @param {DataView} data
   * @returns {Frame}
   */
  describe(data) {
    const at = MAP.BLOCK_BASE + HEADER.frames + this.front * FRAME_DESCRIPTOR.BYTES;
    const particleCount = data.getUint32(at + FRAME.particle_count, true);
    return {
      byteOffset: MAP.BLOCK_BASE + data.getUint32(at + FRAME.offset, true),
      byteLength: particleCount * FRAME_STRIDE,
      particleCount,
      frameNumber: Number(data.getBigUint64(at + FRAME.frame_number, true)),
      step: Number(data.getBigUint64(at + FRAME.step, true)),
      time: data.getFloat64(at + FRAME.time, true),
      scalarMin: data.getFloat32(at + FRAME.scalar_min, true),
      scalarMax: data.getFloat32(at + FRAME.scalar_max, true),
      checksum: data.getBigUint64(at + FRAME.checksum, true),
    };
  }

  /**
   * Settles the slots anew after a writer died between its two words: the writer gets the slot that is neither in the middle nor
   * the reader's.
   * @param {Int32Array} words
   */
  settle(words) {
    const middle = Atomics.load(words, (MAP.BLOCK_BASE + SYNC.FRAME_MIDDLE) / 4) & 3;
    const free = [0, 1, 2].find((slot) => slot !== middle && slot !== this.front) ?? 0;
    Atomics.store(words, (MAP.BLOCK_BASE + SYNC.FRAME_BACK) / 4, free);
  }
}
