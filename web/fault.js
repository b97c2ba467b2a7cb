// How physics says that it cannot go on.

import { STATUS } from './layout.js';

/** What to do about it. @type {Record<string, string>} */
const CURES = {
  NOT_FINITE: 'use a smaller dt, or begin without overlapping particles',
  NEIGHBOR_CAPACITY: 'begin with more distance between particles, or use a smaller cut-off',
  PARTICLE_LOST: 'use a smaller dt, or begin with more distance between particles',
  MISSING_MODEL: 'this module has no code for a model of the scene, but physics-all.wasm has',
};

/** Physics stopped. */
export class SimulationFault extends Error {
  /** @param {number} status @param {number} particle @param {number} step */
  constructor(status, particle, step) {
    const name = Object.entries(STATUS).find(([, value]) => value === status)?.[0] ?? String(status);
    const whose = particle === 0xffff_ffff ? '' : `, particle ${particle}`;
    super(`step ${step}${whose}: ${name}; ${CURES[name] ?? 'the block is not one that this module made'}`);
    this.status = name;
    this.particle = particle;
    this.step = step;
  }
}
