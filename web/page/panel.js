// The parameters, made from their declarations: one control each, grouped as the scene file groups them.

import { makeControl } from './controls.js';
import { words } from './format.js';

/** Sections in the order that people want them; others follow. */
const ORDER = ['plug-in', 'force', 'thermostat', 'constraint', 'measure', 'view', '', 'integrator', 'emitter', 'collider', 'species', 'fill', 'neighbors', 'domain'];
/** Sections that begin unfolded. */
const OPEN = ['plug-in', 'force', 'thermostat', 'view'];

/** @typedef {import('../simulation.js').Parameter} Parameter */

/** `collider[2].radius` belongs to `collider[2]`. @param {Parameter} parameter */
const groupOf = ({ path }) => path.slice(0, Math.max(path.lastIndexOf('.'), 0));

/** What a group is called: `Collider 3 · sphere`. @param {string} group @param {Parameter} first */
function titleOf(group, first) {
  if (group === '') return 'Time and chance';
  const [, name, index] = group.match(/^([^[]*)(?:\[(\d+)\])?/) ?? [];
  const kind = first.kindName === name ? '' : ` · ${words(first.kindName).toLowerCase()}`;
  const title = name === 'plug-in' ? 'Plug-in' : words(name);
  return `${title}${index === undefined ? '' : ` ${Number(index) + 1}`}${kind}`;
}

/** @param {Parameter[]} parameters @returns {[string, Parameter[]][]} */
function grouped(parameters) {
  /** @type {Map<string, Parameter[]>} */
  const groups = new Map();
  for (const parameter of parameters) groups.set(groupOf(parameter), [...(groups.get(groupOf(parameter)) ?? []), parameter]);
  const rank = (/** @type {Parameter[]} */ [first]) => (ORDER.indexOf(first.section) + ORDER.length) % ORDER.length;
  return [...groups].sort(([, a], [, b]) => rank(a) - rank(b));
}

export class Panel {
  /** Puts a control at its parameter's value again. @type {Map<string, () => void>} */
  #refresh = new Map();

  /**
   * @param {HTMLElement} place
   * @param {import('./session.js').Session} session
   * @param {(error: Error) => void} refuse tells why a value was not taken
   */
  constructor(place, session, refuse) {
    this.place = place;
    this.session = session;
    this.refuse = refuse;
    place.addEventListener('submit', (event) => event.preventDefault());
  }

  /** Makes the controls anew; groups stay folded as they were. @param {Parameter[]} parameters */
  fill(parameters) {
    const open = new Map([...this.place.querySelectorAll('details')].map((group) => [group.dataset.group ?? '', group.open]));
    this.#refresh.clear();
    this.place.replaceChildren(...grouped(parameters).map(([group, members]) => this.#group(group, members, open)));
  }

  /** Puts all controls at their parameters' values: the run stands at another moment. */
  refresh() {
    for (const show of this.#refresh.values()) show();
  }

  /** @param {string} group @param {Parameter[]} members @param {Map<string, boolean>} open */
  #group(group, members, open) {
    const details = document.createElement('details');
    details.dataset.group = group;
    details.open = open.get(group) ?? OPEN.includes(members[0].section);
    const summary = details.appendChild(document.createElement('summary'));
    summary.textContent = titleOf(group, members[0]);
    for (const parameter of members) details.append(this.#row(parameter, titleOf(group, members[0])));
    return details;
  }

  /** @param {Parameter} parameter @param {string} groupTitle */
  #row(parameter, groupTitle) {
    const row = document.createElement('div');
    row.className = 'parameter';
    row.dataset.path = parameter.path;
    row.title = parameter.doc;
    const name = row.appendChild(document.createElement('span'));
    name.className = 'name';
    name.textContent = words(parameter.name);
    if (parameter.unit) {
      const unit = name.appendChild(document.createElement('small'));
      unit.textContent = parameter.unit;
    }
    const label = `${groupTitle}: ${words(parameter.name)}${parameter.unit ? `, ${parameter.unit}` : ''}`;
    const { element, show } = makeControl(parameter, label, (values) => this.#set(parameter.path, values));
    row.append(element);
    if (!parameter.live) {
      const note = row.appendChild(document.createElement('small'));
      note.className = 'at-reset';
      note.textContent = 'takes effect at reset';
    }
    this.#refresh.set(parameter.path, () => show(parameter.values));
    return row;
  }

  /** @param {string} path @param {number[]} values */
  async #set(path, values) {
    try {
      await this.session.set(path, values);
      this.#rowOf(path)?.classList.toggle('waiting', this.session.pending.has(path));
    } catch (error) {
      this.#refresh.get(path)?.();
      this.refuse(/** @type {Error} */ (error));
    }
  }

  /** @param {string} path @returns {HTMLElement | undefined} */
  #rowOf(path) {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.place.querySelectorAll('.parameter'))].find((row) => row.dataset.path === path);
  }
}
