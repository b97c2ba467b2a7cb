// The page: a button that measures every way at every size, and the table that fills meanwhile.

import { measure, SIZES, spread } from './bridge.js';
import { WAYS } from './ways.js';

// `?most=1&frames=2` makes a short run of it: frames of a megabyte at most, two of each.
const asked = new URLSearchParams(location.search);
const number = (/** @type {string} */ name) => Math.floor(Number(asked.get(name))) || Infinity;
const sizes = SIZES.filter(({ bytes }) => bytes <= number('most') * 1e6).map(({ bytes, frames }) => ({ bytes, frames: Math.min(frames, number('frames')) }));

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const run = /** @type {HTMLButtonElement} */ (byId('run'));
const progress = byId('progress');
const megabytes = (/** @type {number} */ bytes) => `${bytes / 1e6} MB`;

/** @param {string} tag @param {string} text @param {Record<string, string>} [attributes] */
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const head = element('tr', '');
head.append(element('th', 'Way', { scope: 'col' }), ...sizes.map(({ bytes }) => element('th', `${megabytes(bytes)} a frame`, { scope: 'col' })));
byId('head').append(head);

/** @type {Record<string, HTMLElement[]>} */
const cells = {};
for (const [name, { title }] of Object.entries(WAYS)) {
  const row = element('tr', '', { 'data-way': name });
  cells[name] = sizes.map(() => element('td', '–'));
  row.append(element('th', title, { scope: 'row' }), ...cells[name]);
  byId('body').append(row);
}

/** @param {HTMLElement} cell @param {import('./bridge.js').Measured} measured */
function show(cell, { bridge, writing, allocated }) {
  const { median, least, most } = spread(bridge);
  const line = element('span', ` (${least.toFixed(2)} to ${most.toFixed(2)})`);
  line.prepend(element('b', median.toFixed(2)));
  cell.replaceChildren(line, element('small', `writing ${spread(writing).median.toFixed(2)}, new ${megabytes(Math.round(allocated / 1e4) * 1e4)}`));
}

/** Measures all and comes back with how many ways could not be. */
async function all() {
  /** @type {Set<string>} */
  const wrong = new Set();
  for (const [k, { bytes, frames }] of sizes.entries()) {
    for (const name of Object.keys(WAYS)) {
      progress.textContent = `${megabytes(bytes)}: ${WAYS[name].title} …`;
      try {
        show(cells[name][k], await measure(name, bytes, frames));
      } catch (error) {
        wrong.add(name);
        cells[name][k].className = 'wrong';
        cells[name][k].textContent = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return wrong.size;
}

run.addEventListener('click', async () => {
  run.disabled = true;
  const wrong = await all();
  progress.textContent = wrong === 0 ? 'Done; every frame arrived as it was written.' : `Done; ${wrong} of ${Object.keys(WAYS).length} ways could not be measured here.`;
  run.disabled = false;
});
