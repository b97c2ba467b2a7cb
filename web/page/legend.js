// What the colours mean.

import { choice } from './view-settings.js';
import { quantity, words } from './format.js';
import { stopsOf } from './colormaps.js';

/** Units by what the colour shows. */
const UNITS = /** @type {Record<string, string>} */ ({ speed: 'length/time', 'kinetic-energy': 'energy', height: 'length', age: 'time' });

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {import('../simulation.js').Parameter[]} parameters */
export function showLegend(parameters) {
  const by = choice(parameters, 'view.color_by', 'speed');
  const map = choice(parameters, 'view.colormap', 'viridis');
  const [min, max] = ['color_min', 'color_max'].map((name) => parameters.find((p) => p.path === `view.${name}`)?.values[0] ?? 0);
  const unit = UNITS[by] ? ` (${UNITS[by]})` : '';
  element('legend').hidden = false;
  element('legend-name').textContent = `${words(by)}${unit}`;
  element('legend-min').textContent = quantity(min);
  element('legend-max').textContent = quantity(max);
  const bar = element('legend-bar');
  bar.style.setProperty('background-image', `linear-gradient(to right, ${stopsOf(map).join(', ')})`);
  bar.setAttribute('aria-label', `Colour map ${map}: ${words(by)} from ${quantity(min)} to ${quantity(max)}`);
}
