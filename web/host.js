// The memory, and what lies in it. The host creates it, grows it between steps only, and frees it.

import {
  FIELD, FIELD_BYTES, FLAG_CHECKSUM, FLAG_WATCH, FRAME_DESCRIPTOR, FRAME_SLOTS, HEADER, HEADER_BYTES, MAGIC, MAP, RECORD_BYTES,
} from './layout.js';

const PAGE = 65536;
const MEBIBYTE = 1 << 20;
/** Maxima to try, in MiB: some systems refuse to reserve the larger ones. */
const MAXIMA = [4096, 2048, 1024, 512, 256];

/** Bytes that each memory can have at most; it does not tell. @type {WeakMap<WebAssembly.Memory, number>} */
const maxima = new WeakMap();

/** Bytes that a memory made here can grow to. @param {WebAssembly.Memory} memory */
export const maximumOf = (memory) => maxima.get(memory) ?? memory.buffer.byteLength;

/**
 * Creates the memory for a block.
 * @param {number} blockBytes
 * @param {boolean} shared
 * @returns {WebAssembly.Memory}
 * @throws {RangeError} when the system has no room for it; tells the bytes needed and those to be had
 */
export function createMemory(blockBytes, shared) {
  const initial = Math.ceil((MAP.BLOCK_BASE + blockBytes) / PAGE);
  let largest = 0;
  for (const mebibytes of MAXIMA) {
    const maximum = (mebibytes * MEBIBYTE) / PAGE;
    try {
      const memory = new WebAssembly.Memory({ initial: Math.min(initial, maximum), maximum, shared });
      maxima.set(memory, maximum * PAGE);
      if (initial <= maximum) return memory;
      largest = Math.max(largest, maximum);
    } catch {
      // The next smaller one may do.
    }
  }
  throw new RangeError(`the scene needs ${initial * PAGE} bytes of memory and ${largest * PAGE} are to be had; use fewer particles`);
}

/**
 * Grows the memory.
 * @param {WebAssembly.Memory} memory
 * @param {number} bytes
 * @returns {number} address of the first new byte
 * @throws {RangeError} when it cannot grow so far
 */
export function growMemory(memory, bytes) {
  try {
    return memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
  } catch {
    throw new RangeError(`the memory has ${memory.buffer.byteLength} bytes and cannot grow by ${bytes}`);
  }
}

/**
 * Writes guard words at the low end of every stack.
 * @param {WebAssembly.Memory} memory
 */
export function guardStacks(memory) {
  const words = new Uint32Array(memory.buffer);
  for (let worker = 0; worker < MAP.MAX_THREADS; worker++) {
    const first = (MAP.STACKS + worker * MAP.STACK_BYTES) / 4;
    words.fill(MAP.STACK_GUARD, first, first + MAP.STACK_GUARD_BYTES / 4);
  }
}

/**
 * The first worker whose stack has run over, or -1.
 * @param {WebAssembly.Memory} memory
 * @returns {number}
 */
export function overrunStack(memory) {
  const words = new Uint32Array(memory.buffer);
  for (let worker = 0; worker < MAP.MAX_THREADS; worker++) {
    const first = (MAP.STACKS + worker * MAP.STACK_BYTES) / 4;
    for (let k = 0; k < MAP.STACK_GUARD_BYTES / 4; k++) if (words[first + k] !== MAP.STACK_GUARD) return worker;
  }
  return -1;
}

/**
 * @typedef {Float32Array | Uint32Array | Uint8Array | Float64Array} FieldArray
 * @typedef {object} Views everything that looks into the memory
 * @property {ArrayBufferLike} buffer the buffer that these belong to
 * @property {DataView} data
 * @property {Int32Array} words for atomics, from address 0
 * @property {Record<string, FieldArray>} fields by name; rows of a vector field are interleaved
 * @property {number} generation the header's when they were made
 */

/**
 * Makes all views. The one function that does: call it again whenever `memory.buffer` or the generation is another.
 * @param {WebAssembly.Memory} memory
 * @param {number} [base] where a block lies that is being made
 * @returns {Views}
 */
export function makeViews(memory, base = MAP.BLOCK_BASE) {
  const { buffer } = memory;
  const data = new DataView(buffer);
  if (data.getBigUint64(base + HEADER.magic, true) !== MAGIC) throw new Error('the memory holds no block');
  /** @type {Record<string, FieldArray>} */
  const fields = {};
  const table = base + data.getUint32(base + HEADER.field_table, true);
  for (let k = 0; k < data.getUint32(base + HEADER.field_count, true); k++) {
    const entry = table + k * FIELD_BYTES;
    const word = (/** @type {number} */ at) => data.getUint32(entry + at, true);
    const Type = [Float32Array, Uint32Array, Uint8Array, Float64Array][word(FIELD.element)];
    fields[fieldName(buffer, entry)] = new Type(buffer, base + word(FIELD.offset), word(FIELD.capacity) * word(FIELD.components));
  }
  return { buffer, data, words: new Int32Array(buffer), fields, generation: data.getUint32(base + HEADER.generation, true) };
}

/**
 * @param {ArrayBufferLike} buffer
 * @param {number} entry address of the table entry
 */
function fieldName(buffer, entry) {
  // Text decoders refuse shared memory, so the name is copied first; it is plain ASCII.
  const bytes = new Uint8Array(buffer, entry + FIELD.name, 32).slice();
  const length = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, length < 0 ? 32 : length));
}

/**
 * Copies the scene's first bytes into the block.
 * @param {WebAssembly.Memory} memory
 * @param {Uint8Array} prefix
 * @param {boolean} checksums give each frame a checksum
 */
export function writeScene(memory, prefix, checksums) {
  new Uint8Array(memory.buffer).set(prefix, MAP.BLOCK_BASE);
  const { data } = makeViews(memory);
  if (checksums) {
    const flags = MAP.BLOCK_BASE + HEADER.flags;
    data.setUint32(flags, data.getUint32(flags, true) | FLAG_CHECKSUM, true);
  }
}

/**
 * Writes header and tables as the scene has them, but for the words that count and change; parameters stay.
 * @param {WebAssembly.Memory} memory
 * @param {Uint8Array} prefix
 */
export function mendHeader(memory, prefix) {
  const bytes = new Uint8Array(memory.buffer);
  const scene = new DataView(prefix.buffer, prefix.byteOffset);
  const write = (/** @type {number} */ from, /** @type {number} */ to) => bytes.set(prefix.subarray(from, to), MAP.BLOCK_BASE + from);
  const data = new DataView(memory.buffer, MAP.BLOCK_BASE);
  const flags = data.getUint32(HEADER.flags, true) & (FLAG_CHECKSUM | FLAG_WATCH);
  write(0, HEADER.step);
  data.setUint32(HEADER.flags, scene.getUint32(HEADER.flags, true) | flags, true);
  for (let slot = 0; slot < FRAME_SLOTS; slot++) {
    const at = HEADER.frames + slot * FRAME_DESCRIPTOR.BYTES;
    write(at, at + 4);
  }
  write(HEADER_BYTES, scene.getUint32(HEADER.record_table, true) + scene.getUint32(HEADER.record_count, true) * RECORD_BYTES);
}

/** Bytes of an array, live. @param {FieldArray} field */
export function bytesOf(field) {
  return new Uint8Array(field.buffer, field.byteOffset, field.byteLength);
}
