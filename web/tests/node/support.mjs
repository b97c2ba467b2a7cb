// Where the built modules lie, and scenes by name.

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { createSimulation } from '../../simulation.js';

const dist = process.env.MOTES_DIST ?? new URL('../../../target/web', import.meta.url).pathname;

/** Folder of the built files. */
export const baseUrl = pathToFileURL(`${dist}/`);

/** Scene files in the repository. @param {string} name */
export const sceneText = (name) => readFile(new URL(`../../../scenes/${name}.toml`, import.meta.url), 'utf8');

/** True for the long forms. */
export const full = process.env.MOTES_FULL === '1';

/**
 * A simulation of a preset.
 * @param {string} name
 * @param {import('../../simulation.js').Options} [options]
 */
export async function start(name, options = {}) {
  return createSimulation({ baseUrl, scene: await sceneText(name), name, ...options });
}

/** @param {bigint} hash */
export const shown = (hash) => `0x${hash.toString(16).padStart(16, '0')}`;

/** The frames' checksum, as physics/src/frames.rs defines it. @param {Uint32Array} words */
export function checksum(words) {
  let sum = 0n;
  const u64 = (/** @type {bigint} */ x) => BigInt.asUintN(64, x);
  words.forEach((word, index) => {
    let z = u64((BigInt(word) | (BigInt(index) << 32n)) + 0x9e3779b97f4a7c15n);
    z = u64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = u64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    sum = u64(sum + (z ^ (z >> 31n)));
  });
  return sum;
}

/** A system that gives no memory a maximum above 256 MiB. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
export async function withLeast(work) {
  const real = WebAssembly.Memory;
  // @ts-expect-error a stand-in for the constructor
  WebAssembly.Memory = function (/** @type {WebAssembly.MemoryDescriptor} */ descriptor) {
    if ((descriptor.maximum ?? 0) > 4096) throw new RangeError('could not allocate memory');
    return new real(descriptor);
  };
  try {
    return await work();
  } finally {
    WebAssembly.Memory = real;
  }
}
