// How physics says that it cannot go on.

import { STATUS } from './layout.js';

/** Physics stopped. */
export class SimulationFault extends Error {
  /** @param {number} status @param {number} particle @param {number} step */
  constructor(status, particle, step) {
    const name = Object.entries(STATUS).find(([, value]) => value === status)?.[0] ?? String(status);
    const cure = status === STATUS.NOT_FINITE ? 'use a smaller dt, or begin without overlapping particles' : 'begin with more distance between particles';
    super(`step ${step}, particle ${particle}: ${name}; ${cure}`);
    this.status = name;
    this.particle = particle;
    this.step = step;
  }
}
