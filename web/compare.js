// How far two states of one scene are from each other.

import { DIAGNOSTICS, HEADER, MAP } from './layout.js';

/**
 * @typedef {object} Sums
 * @property {number} kinetic
 * @property {number} potential
 * @property {number} total
 * @property {number} alive
 *
 * @typedef {object} Look
 * @property {Sums} sums
 * @property {Map<number, number>} rows row of each living identity
 * @property {Float32Array} position
 *
 * @typedef {object} Comparison
 * @property {number} step
 * @property {number} branchStep where A and B go apart
 * @property {Sums} a as it would have gone on
 * @property {Sums} b as it did
 * @property {number} common particles that live in both
 * @property {number} meanDistance between a particle in A and the same in B
 * @property {number} greatestDistance
 */

/**
 * Sums and positions of the present state.
 * @param {import('./simulation.js').Simulation} simulation
 * @param {import('./simulation.js').Call} call
 * @returns {Promise<Look>}
 */
export async function look(simulation, call) {
  await call('motes_diagnose');
  const { data, fields } = simulation.views;
  const sum = (/** @type {keyof typeof DIAGNOSTICS} */ name) => data.getFloat64(MAP.BLOCK_BASE + HEADER.diagnostics + DIAGNOSTICS[name], true);
  const rows = new Map();
  for (let row = 0; row < simulation.count; row++) if (!fields.age || fields.age[row] >= 0) rows.set(fields.id[row], row);
  const [kinetic, potential] = [sum('kinetic'), sum('potential')];
  return { sums: { kinetic, potential, total: kinetic + potential, alive: sum('alive') }, rows, position: Float32Array.from(fields.position) };
}

/** Lengths of the periodic axes; 0 for others. @param {import('./simulation.js').Simulation} simulation */
export function domainOf(simulation) {
  const values = (/** @type {string} */ path) => simulation.parameters.find((p) => p.path === path)?.values ?? [0, 0, 0];
  const [min, max, periodic] = [values('domain.min'), values('domain.max'), values('domain.periodic')];
  return [0, 1, 2].map((k) => (periodic[k] ? max[k] - min[k] : 0));
}

/** @param {Look} a @param {Look} b @param {number[]} lengths of periodic axes, or 0 */
export function difference(a, b, lengths) {
  let [sum, greatest, common] = [0, 0, 0];
  for (const [id, rowB] of b.rows) {
    const rowA = a.rows.get(id);
    if (rowA === undefined) continue;
    let square = 0;
    for (let k = 0; k < 3; k++) {
      let d = b.position[3 * rowB + k] - a.position[3 * rowA + k];
      if (lengths[k] > 0) d -= lengths[k] * Math.round(d / lengths[k]);
      square += d * d;
    }
    const distance = Math.sqrt(square);
    sum += distance;
    greatest = Math.max(greatest, distance);
    common++;
  }
  return { common, meanDistance: common ? sum / common : 0, greatestDistance: greatest };
}
