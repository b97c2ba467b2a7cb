// The block of a run, what lies behind it, and another block in its place: for particles that join, and back again.
//
// What lies behind the block stands behind its reserve, and does not move: data of plug-ins hold addresses. Another block is made behind all
// of it while the run goes on being what it is; when all is well it is moved to where blocks lie.

import { ALIGNMENT, FLAG_WATCH, HEADER, MAP } from './layout.js';
import { growMemory, makeViews, maximumOf } from './host.js';
import { bytesOfBlock, countGrowth, lay, moveIn, nextId, originWithParameters, prefixOf, writeRows } from './growth.js';

/** Bytes that are kept behind the block where plug-ins have their data, unless told: as many as it has, within these. */
const RESERVE = { least: 16 << 20, most: 256 << 20 };

/** Bytes that a block may grow into. @param {number | undefined} told @param {number} blockBytes @param {boolean} plugged */
export function reserveOf(told, blockBytes, plugged) {
  return told ?? (plugged ? Math.min(Math.max(blockBytes, RESERVE.least), RESERVE.most) : 0);
}

const up = (/** @type {number} */ address) => Math.ceil(address / ALIGNMENT) * ALIGNMENT;

/** @typedef {{prefix: Uint8Array, blockBytes: number}} Plan first bytes of a block, and how long it is */

export class Blocks {
  /** Bytes of what was given out, by address. @type {Map<number, number>} */
  #rooms = new Map();
  #reserved;
  #lay = () => {};

  /**
   * @param {WebAssembly.Memory} memory
   * @param {Plan} origin what a reset goes back to
   * @param {Plan} plan of the block that is there
   * @param {number} room bytes of that block and its reserve
   * @param {import('./plug-ins/areas.js').Areas} [areas]
   */
  constructor(memory, origin, plan, room, areas) {
    this.memory = memory;
    this.#reserved = MAP.BLOCK_BASE + room;
    this.origin = origin;
    /** First bytes of the present block; parameters may have changed since. */
    this.prefix = plan.prefix;
    this.areas = areas;
  }

  /** First address behind the block that is somebody else's. */
  get #limit() {
    return Math.min(this.areas?.first ?? Infinity, ...this.#rooms.keys());
  }

  /** One past the last byte in use. */
  get #end() {
    const ends = [...this.#rooms].map(([at, bytes]) => at + bytes);
    return Math.max(MAP.BLOCK_BASE + bytesOfBlock(this.memory), this.areas?.end ?? 0, ...ends);
  }

  /** Gives room behind the reserve and all else. @param {number} bytes @returns {number} its address; all its bytes are zero */
  give(bytes) {
    const at = up(Math.max(this.#end, this.#reserved));
    const had = this.memory.buffer.byteLength;
    if (at + bytes > had) growMemory(this.memory, at + bytes - had);
    new Uint8Array(this.memory.buffer, at, Math.max(0, Math.min(bytes, had - at))).fill(0);
    countGrowth(this.memory);
    this.#rooms.set(at, bytes);
    return at;
  }

  /** @param {number} at */
  release(at) {
    this.#rooms.delete(at);
  }

  /**
   * Room behind everything, for as long as nothing else is asked for.
   * @param {number} bytes
   * @returns {number} its address
   * @throws {RangeError} with the bytes that are needed and to be had
   */
  scratch(bytes) {
    const at = up(this.#end);
    const missing = at + bytes - this.memory.buffer.byteLength;
    if (missing <= 0) return at;
    const most = maximumOf(this.memory);
    const refusal = () => new RangeError(`the block would have ${bytes} bytes beside the ${bytesOfBlock(this.memory)} that it has: the memory needs ${at + bytes} bytes and ${most} are to be had; add fewer particles`);
    if (at + bytes > most) throw refusal();
    try {
      growMemory(this.memory, missing);
    } catch {
      throw refusal();
    }
    return at;
  }

  /** Room for a block that is to take the present one's place. @param {number} bytes */
  #beside(bytes) {
    const kept = this.#limit - MAP.BLOCK_BASE;
    if (bytes > kept) throw new RangeError(`the block would have ${bytes} bytes, and ${kept} are kept for it in front of what lies behind it; begin with more \`reserve\`, or release() what grow() gave`);
    return this.scratch(bytes);
  }

  /**
   * Lets particles join.
   * @param {import('./growth.js').Joining} joining
   * @param {any} scene the module scene.wasm
   * @param {import('./engine.js').Engine} engine
   * @returns {Promise<number>} id of the first
   */
  async join(joining, scene, engine) {
    const { position, velocity = new Float32Array(0), species = new Uint32Array(0) } = joining;
    const { memory } = this;
    const [now, count] = [prefixOf(memory, this.prefix.length), position.length / 3];
    scene.checkJoining(now, position, velocity, species);
    /** @type {Plan} */
    const { prefix, blockBytes } = scene.growBlock(now, count);
    const { id } = makeViews(memory).fields;
    const [first, row] = [nextId(id), id.length];
    if (count === 0) return first;
    if (first + count > 0xffffffff) throw new RangeError(`ids up to ${first - 1} are in use, so ${count} more find no room below ${0xffffffff}`);
    const at = this.#beside(blockBytes);
    this.#lay = () => writeRows(lay(memory, at, prefix, blockBytes), row, joining);
    this.#lay();
    await engine.migrate(at);
    moveIn(memory, at);
    this.prefix = prefixOf(memory, prefix.length);
    const header = new DataView(this.prefix.buffer);
    header.setUint32(HEADER.flags, header.getUint32(HEADER.flags, true) & ~FLAG_WATCH, true);
    await engine.moved();
    return first;
  }

  /** Lays the block that particles are to join once more, after workers died over it. */
  layAgain() {
    this.#lay();
  }

  /**
   * The block as the scene has it, if particles have joined; parameters stay.
   * @param {(fields: import('./host.js').Views['fields']) => Promise<void>} fill writes the particles that are not the scene's
   * @returns {Promise<boolean>} whether they had
   */
  async backToOrigin(fill) {
    const { memory, origin } = this;
    if (new DataView(memory.buffer).getUint32(MAP.BLOCK_BASE + HEADER.added, true) === 0) return false;
    const at = this.#beside(origin.blockBytes);
    await fill(lay(memory, at, originWithParameters(memory, origin.prefix), origin.blockBytes).fields);
    moveIn(memory, at);
    this.prefix = origin.prefix;
    return true;
  }
}
