// Shows a recording: recorder.wasm checks the file and unfolds its frames in the simulation's memory, as rows that a renderer takes.

import { CONTROL_BYTES, RecorderModule, answer, ensure } from './recorder-module.js';
import { FRAME_STRIDE } from './layout.js';

/**
 * Opens a recording.
 * @param {import('./simulation.js').Simulation} simulation whose memory has room for it
 * @param {Uint8Array} bytes of the file
 * @returns {Promise<Playback>}
 * @throws {import('./recorder-module.js').RecordingError} when the bytes are no whole recording, with the place
 */
export async function openRecording(simulation, bytes) {
  const playback = new Playback(simulation);
  try {
    await playback.open(bytes);
  } catch (error) {
    await playback.dispose();
    throw error;
  }
  return playback;
}

/** A recording that can be looked at. */
export class Playback {
  #module = new RecorderModule();
  #at = 0;
  #file = 0;
  #length = 0;
  #work = 0;
  /** Frames of the recording. */
  frames = 0;
  /** Particles of a frame at most. */
  particles = 0;
  firstStep = 0;
  lastStep = 0;

  /** @param {import('./simulation.js').Simulation} simulation */
  constructor(simulation) {
    this.simulation = simulation;
  }

  /** @param {Uint8Array} bytes */
  async open(bytes) {
    const { simulation } = this;
    await this.#module.start(simulation);
    this.#at = await simulation.grow(CONTROL_BYTES + bytes.length);
    this.#file = this.#at + CONTROL_BYTES;
    this.#length = bytes.length;
    new Uint8Array(simulation.memory.buffer).set(bytes, this.#file);
    ensure(simulation.memory, this.#at, await this.#module.call('player_open', this.#file, this.#length, this.#at));
    const [work, ...rest] = [0, 1, 2, 3, 4].map((k) => answer(simulation.memory, this.#at, k));
    [this.frames, this.particles, this.firstStep, this.lastStep] = rest;
    this.#work = await simulation.grow(work);
  }

  /**
   * A frame, valid until the next is asked for. Its scalar is the speed since the frame before.
   * @param {number} index from 0
   * @returns {Promise<import('./frames.js').Frame>}
   */
  async frame(index) {
    const { memory } = this.simulation;
    ensure(memory, this.#at, await this.#module.call('player_show', this.#file, this.#length, this.#at, this.#work, index));
    const [byteOffset, particleCount, step] = [0, 1, 2].map((k) => answer(memory, this.#at, k));
    const rows = new Float32Array(memory.buffer, byteOffset, particleCount * 4);
    let scalarMax = 0;
    for (let k = 3; k < rows.length; k += 4) scalarMax = Math.max(scalarMax, rows[k]);
    const time = new DataView(memory.buffer).getFloat64(this.#at + 64 + 24, true);
    return { byteOffset, byteLength: particleCount * FRAME_STRIDE, particleCount, frameNumber: index + 1, step, time, scalarMin: 0, scalarMax, checksum: 0n };
  }

  /** Gives its memory back. */
  async dispose() {
    await this.#module.dispose();
    for (const at of [this.#at, this.#work]) this.simulation.release(at);
  }
}
