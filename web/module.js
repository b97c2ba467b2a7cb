// Wasm modules as bytes: what has to change in physics.wasm before workers can share it.
//
// One file serves both kinds of memory. For shared memory the import's limits get the `shared` bit; for workers after the first
// the data and start sections are taken out, so that instantiating them does not write over what others use already.

const IMPORT = 2, START = 8, DATA = 11, DATA_COUNT = 12;
const KIND_FUNCTION = 0, KIND_TABLE = 1, KIND_MEMORY = 2, KIND_GLOBAL = 3;
const HAS_MAXIMUM = 1, SHARED_BIT = 2;
/** Pages that 32 bits reach. */
const MOST_PAGES = 65536;

/** Reads numbers and names of a module, keeping its place. */
export class Cursor {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  /** @returns {number} an unsigned LEB128 number of at most 35 bits */
  number() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= this.bytes.length) break;
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`not a Wasm module: a number at byte ${this.at} does not end`);
  }

  /** Skips a name. */
  skipName() {
    const length = this.number();
    this.at += length;
  }

  /** Skips limits and comes back with the place of their flags. @returns {number} */
  limits() {
    const flags = this.at;
    const kind = this.number();
    this.number();
    if (kind & 1) this.number();
    return flags;
  }
}

/**
 * Sections of a module.
 * @param {Uint8Array} bytes
 * @returns {{id: number, start: number, body: number, end: number}[]} byte offsets of head, body and end
 */
function sections(bytes) {
  const magic = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  if (magic.some((byte, i) => bytes[i] !== byte)) throw new Error('not a Wasm module: wrong first bytes');
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const cursor = new Cursor(bytes, at + 1);
    const length = cursor.number();
    const end = cursor.at + length;
    if (end > bytes.length) throw new Error(`not a Wasm module: the section at byte ${at} is cut off`);
    found.push({ id: bytes[at], start: at, body: cursor.at, end });
    at = end;
  }
  return found;
}

/** A number as LEB128. @param {number} value @returns {number[]} */
function leb128(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

/**
 * A copy of the module that imports shared memory. Shared memory has a maximum, so a module that asks for none is given that of 32 bits.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function withSharedMemory(bytes) {
  const copy = bytes.slice();
  const section = sections(bytes).find((s) => s.id === IMPORT);
  if (!section) throw new Error('the module imports nothing, so no memory either');
  const cursor = new Cursor(bytes, section.body);
  let limits = { flags: 0, end: 0 };
  for (let left = cursor.number(); left > 0; left--) {
    cursor.skipName();
    cursor.skipName();
    const kind = bytes[cursor.at++];
    if (kind === KIND_FUNCTION) cursor.number();
    else if (kind === KIND_TABLE) (cursor.at++, cursor.limits());
    else if (kind === KIND_GLOBAL) cursor.at += 2;
    else if (kind === KIND_MEMORY) limits = { flags: cursor.limits(), end: cursor.at };
    else throw new Error(`the module has an import of unknown kind ${kind}`);
  }
  if (limits.flags === 0) throw new Error('the module imports no memory');
  const limited = (bytes[limits.flags] & HAS_MAXIMUM) !== 0;
  copy[limits.flags] |= SHARED_BIT | HAS_MAXIMUM;
  if (limited) return copy;
  const body = [...copy.subarray(section.body, limits.end), ...leb128(MOST_PAGES), ...copy.subarray(limits.end, section.end)];
  return Uint8Array.from([...copy.subarray(0, section.start), IMPORT, ...leb128(body.length), ...body, ...copy.subarray(section.end)]);
}

/**
 * A copy of the module that leaves memory as it is when instantiated: no data, no start function.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function withoutData(bytes) {
  const kept = sections(bytes).filter((s) => ![START, DATA, DATA_COUNT].includes(s.id));
  const length = kept.reduce((sum, s) => sum + s.end - s.start, 8);
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, 8));
  let at = 8;
  for (const section of kept) {
    copy.set(bytes.subarray(section.start, section.end), at);
    at += section.end - section.start;
  }
  return copy;
}
