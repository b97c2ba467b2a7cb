// The button that adds particles to the run: at random in the upper part of the domain, from where they fall in scenes where things fall.

import { count as shown } from './format.js';

/** How many join at a time. */
const MANY = 1000;
/** The part of the domain's height that they come into. */
const UPPER = 0.25;

/** Places for particles in the scene's domain. @param {import('../simulation.js').Parameter[]} parameters @param {number} many */
export function placesAbove(parameters, many) {
  const values = (/** @type {string} */ path) => parameters.find((parameter) => parameter.path === path)?.values ?? [];
  const [min, max] = [values('domain.min'), values('domain.max')];
  const flat = values('domain.dimensions')[0] === 2;
  const low = [0, 1, 2].map((k) => (k === 1 ? max[1] - UPPER * (max[1] - min[1]) : min[k]));
  return Float32Array.from({ length: 3 * many }, (_, i) => {
    const k = i % 3;
    // Not at the very edge, where single precision may be outside.
    return flat && k === 2 ? 0 : low[k] + (0.02 + 0.96 * Math.random()) * (max[k] - low[k]);
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {{session: import('./session.js').Session, timeline: import('./timeline.js').Timeline, notices: import('./notice.js').Notices, announce: (text: string) => void}} parts
 */
export function listenToAdd(button, { session, timeline, notices, announce }) {
  button.addEventListener('click', async () => {
    const { simulation } = session;
    if (!simulation) return;
    button.disabled = true;
    try {
      await timeline.apart(() => simulation.add({ position: placesAbove(simulation.parameters, MANY) }));
      announce(`${shown(MANY)} particles joined; there are ${shown(simulation.count)}`);
    } catch (error) {
      notices.tell('error', 'They cannot join', `${/** @type {Error} */ (error).message}. The run goes on as it was.`);
    } finally {
      button.disabled = false;
    }
  });
}
