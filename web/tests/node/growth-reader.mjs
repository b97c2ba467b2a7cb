// A thread that looks at a simulation's memory while particles join: at frames, or at arrays and header between two looks at the generation.

import { parentPort, workerData } from 'node:worker_threads';
import { FrameReader } from '../../frames.js';
import { makeViews } from '../../host.js';
import { HEADER, MAP, MOVING } from '../../layout.js';
import { checksum } from './support.mjs';

const { memory, kind, stop } = workerData;
const halt = new Int32Array(stop);
const seen = { looks: 0, retried: 0, most: 0, wrong: /** @type {string[]} */ ([]) };
const reader = new FrameReader();
let last = 0;

/** Views of this moment, or nothing while the block is being moved. */
function views() {
  try {
    return makeViews(memory);
  } catch {
    return undefined;
  }
}

function lookAtFrame() {
  const now = views();
  const frame = now && reader.take(now);
  if (!frame) return;
  let sum = -1n;
  try {
    sum = checksum(new Uint32Array(memory.buffer, frame.byteOffset, frame.byteLength / 4));
  } catch {
    // A place that another generation told of need not lie in the memory; what is wrong with this one shows below.
  }
  if (!reader.holds(now)) return seen.retried++;
  seen.looks++;
  seen.most = Math.max(seen.most, frame.particleCount);
  if (sum !== frame.checksum) seen.wrong.push(`frame ${frame.frameNumber} of ${frame.particleCount} particles is torn`);
  if (frame.frameNumber <= last) seen.wrong.push(`frame ${frame.frameNumber} after ${last}`);
  last = frame.frameNumber;
}

/** Canaries: the species of all are 0, and their number is that of the header. */
function lookAtArrays() {
  const words = new Int32Array(memory.buffer, 0, (MAP.BLOCK_BASE + 4096) / 4);
  const generation = Atomics.load(words, (MAP.BLOCK_BASE + HEADER.generation) / 4);
  if (generation & MOVING) return seen.retried++;
  const now = views();
  if (!now) return seen.retried++;
  const count = now.data.getUint32(MAP.BLOCK_BASE + HEADER.particle_count, true);
  const { species, id } = now.fields;
  const right = species.length === count && id.length === count && species.every((s) => s === 0) && id.every((k) => k < count);
  if (Atomics.or(words, (MAP.BLOCK_BASE + HEADER.generation) / 4, 0) !== generation) return seen.retried++;
  seen.looks++;
  seen.most = Math.max(seen.most, count);
  if (!right) seen.wrong.push(`arrays of generation ${generation} are not those of ${count} particles`);
}

while (Atomics.load(halt, 0) === 0) kind === 'frames' ? lookAtFrame() : lookAtArrays();
// One more look, at what there is in the end.
kind === 'frames' ? lookAtFrame() : lookAtArrays();
parentPort?.postMessage(seen);
