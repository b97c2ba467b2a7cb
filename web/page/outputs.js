// Numbers that plug-ins compute, below the parameters, as they change.

import { quantity, words } from './format.js';

/** Milliseconds between two looks. */
const EVERY = 200;

/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/**
 * Shows the outputs of all plug-ins; nothing where there are none.
 * @param {HTMLElement} place the panel
 * @param {import('../simulation.js').Simulation} simulation
 */
export function showOutputs(place, simulation) {
  clearInterval(timer);
  const shown = simulation.plugIns.flatMap((plugIn, k) => plugIn.describedOutputs.map((output) => ({ k, file: plugIn.name, ...output })));
  if (shown.length === 0) return;
  const group = document.createElement('details');
  group.open = true;
  group.dataset.group = 'outputs';
  group.appendChild(document.createElement('summary')).textContent = 'Measured by plug-ins';
  const values = shown.map(({ k, file, name, unit, doc }) => {
    const row = group.appendChild(document.createElement('div'));
    row.className = 'parameter';
    row.title = doc;
    const label = row.appendChild(document.createElement('span'));
    label.className = 'name';
    label.textContent = words(name);
    label.appendChild(document.createElement('small')).textContent = unit ? `${file}, ${unit}` : file;
    const value = row.appendChild(document.createElement('output'));
    return () => (value.textContent = quantity(simulation.plugIns[k].outputs[name]));
  });
  const show = () => values.forEach((value) => value());
  show();
  timer = setInterval(show, EVERY);
  place.prepend(group);
}
