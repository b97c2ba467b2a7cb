// The block as bytes: its first ones, laying it at another address, and moving it to where blocks lie.
//
// Moving is done by the host's own thread; the generation carries MOVING for that time, so whoever reads from another thread knows what not
// to rely on.

import { FRAME, FRAME_DESCRIPTOR, FRAME_SLOTS, HEADER, MAP, MOVING, SYNC } from './layout.js';
import { makeViews } from './host.js';

const GENERATION = (MAP.BLOCK_BASE + HEADER.generation) / 4;

/** Bytes of the present block. @param {WebAssembly.Memory} memory */
export function bytesOfBlock(memory) {
  return Number(new DataView(memory.buffer).getBigUint64(MAP.BLOCK_BASE + HEADER.block_bytes, true));
}

/**
 * The first bytes of the present block: header, tables and parameters, and nothing of the words that other threads write.
 * @param {WebAssembly.Memory} memory @param {number} length
 */
export function prefixOf(memory, length) {
  const prefix = new Uint8Array(memory.buffer, MAP.BLOCK_BASE, length).slice();
  prefix.fill(0, SYNC.AREA, SYNC.END);
  return prefix;
}

/** Tells whoever looks from outside that views are to be made anew. @param {WebAssembly.Memory} memory */
export function countGrowth(memory) {
  Atomics.add(new Int32Array(memory.buffer), GENERATION, 1);
}

/**
 * Lays a prefix into the room, all else zero.
 * @param {WebAssembly.Memory} memory @param {number} at @param {Uint8Array} prefix @param {number} blockBytes
 * @returns {import('./host.js').Views} of the block that is being made
 */
export function lay(memory, at, prefix, blockBytes) {
  const bytes = new Uint8Array(memory.buffer, at, blockBytes);
  bytes.fill(0);
  bytes.set(prefix);
  return makeViews(memory, at);
}

/** Moves the block that was made there to where blocks lie; words that other threads write stay as they are. @param {WebAssembly.Memory} memory @param {number} at */
export function moveIn(memory, at) {
  const [bytes, words, data] = [new Uint8Array(memory.buffer), new Int32Array(memory.buffer), new DataView(memory.buffer)];
  const end = at + Number(data.getBigUint64(at + HEADER.block_bytes, true));
  const next = (Atomics.load(words, GENERATION) + 1) & ~MOVING;
  Atomics.or(words, GENERATION, MOVING);
  data.setUint32(at + HEADER.generation, (next | MOVING) >>> 0, true);
  bytes.copyWithin(MAP.BLOCK_BASE, at, at + SYNC.AREA);
  bytes.copyWithin(MAP.BLOCK_BASE + SYNC.END, at + SYNC.END, end);
  Atomics.store(words, GENERATION, next);
}

/**
 * The first bytes of the block as the scene has it, with parameters as they are now and frames counted on.
 * @param {WebAssembly.Memory} memory @param {Uint8Array} origin
 */
export function originWithParameters(memory, origin) {
  const [now, prefix] = [prefixOf(memory, origin.length), origin.slice()];
  const [from, to] = [new DataView(now.buffer), new DataView(prefix.buffer)];
  const table = from.getUint32(HEADER.record_table, true);
  prefix.set(now.subarray(table), table);
  to.setUint32(HEADER.flags, from.getUint32(HEADER.flags, true), true);
  const number = (/** @type {number} */ slot) => HEADER.frames + slot * FRAME_DESCRIPTOR.BYTES + FRAME.frame_number;
  for (let slot = 0; slot < FRAME_SLOTS; slot++) to.setBigUint64(number(slot), from.getBigUint64(number(slot), true), true);
  return prefix;
}

/**
 * Writes particles into the last rows.
 * @param {import('./host.js').Views} views
 * @param {number} first @param {Joining} joining
 */
export function writeRows({ fields }, first, { position, velocity, species }) {
  fields.position.set(position, 3 * first);
  if (velocity) fields.velocity.set(velocity, 3 * first);
  if (species) fields.species.set(species, first);
}

/**
 * @typedef {object} Joining particles that are to join
 * @property {Float32Array} position x, y, z of each
 * @property {Float32Array} [velocity] likewise; at rest unless told
 * @property {Uint32Array} [species] index of each; the first unless told
 */

/** The least id that no particle has, all above being free too. @param {import('./host.js').FieldArray} ids */
export function nextId(ids) {
  let next = 0;
  for (const id of ids) if (id >= next) next = id + 1;
  return next;
}
