// What tests of plug-ins share: a scene, and how it begins with built ones.

import { readFile } from 'node:fs/promises';
import { createSimulation } from '../../simulation.js';
import { baseUrl } from './support.mjs';

/** Where the built ones lie. */
export const folder = new URL('plug-ins/', baseUrl);

/** @param {string[]} names */
export const sources = (...names) =>
  Promise.all(names.map(async (name) => ({ file: `${name}.wasm`, bytes: new Uint8Array(await readFile(new URL(`${name}.wasm`, folder))) })));

/** Five hundred particles in a box with walls; what is said of plug-ins comes behind. */
export const SCENE = `version = 1
dt = 0.005
[domain]
min = [-2, -2, -2]
max = [2, 2, 2]
walls = true
[[fill]]
kind = "random"
count = 500
min = [-1, -1, -1]
max = [1, 1, 1]
temperature = 1
`;

/** Enough for all workers to have something to do. */
export const CROWD = SCENE.replace('count = 500', 'count = 20000');

/** @param {string} scene @param {string[]} names @param {Partial<import('../../simulation.js').Options>} [options] */
export const start = async (scene, names, options = {}) => createSimulation({ scene, plugIns: await sources(...names), baseUrl, ...options });

export const WAYS = [{ threads: 1 }, { threads: 4 }, { shared: false }];

/** Draws a well into the plug-in `drawn`, which has that number. @param {import('../../simulation.js').Simulation} simulation @param {number} number */
export function draw({ memory, plugIns }, number) {
  const heights = new Float32Array(memory.buffer, plugIns[number].symbols.POTENTIAL, 64 * 64);
  for (let k = 0; k < 4096; k++) heights[k] = Math.min(1, Math.hypot((k % 64) / 31.5 - 1.5, Math.floor(k / 64) / 31.5 - 1.5));
  return heights;
}
