// One control for each kind of parameter. All of them work by keyboard and have a name for screen readers.

/** @typedef {import('../simulation.js').Parameter} Parameter */
/** @typedef {{element: HTMLElement, show: (values: number[]) => void}} Control */

/** A declared range no wider than this gets a slider over all of it. */
const SLIDER_SPAN = 1000;
const SLIDER_STEPS = 200;

/**
 * @param {Parameter} parameter
 * @param {string} label
 * @param {(values: number[]) => void} changed
 * @returns {Control}
 */
export function makeControl(parameter, label, changed) {
  if (parameter.kind === 'choice') return choice(parameter, label, changed);
  if (parameter.values.length > 1) return several(parameter, label, changed);
  if (parameter.kind === 'bool') return flag(parameter.values[0], label, (value) => changed([value]));
  if (parameter.kind === 'integer') return number(parameter, 0, label, (value) => changed([value]));
  return slider(parameter, label, changed);
}

/** @param {Parameter} parameter @param {string} label @param {(values: number[]) => void} changed @returns {Control} */
function choice(parameter, label, changed) {
  const element = document.createElement('select');
  element.setAttribute('aria-label', label);
  (parameter.choices ?? []).forEach((name, k) => element.append(new Option(name, String(k))));
  const show = (/** @type {number[]} */ [value]) => (element.value = String(value));
  show(parameter.values);
  element.addEventListener('change', () => changed([Number(element.value)]));
  return { element, show };
}

/** @param {number} value @param {string} label @param {(value: number) => void} changed @returns {Control & {element: HTMLInputElement}} */
function flag(value, label, changed) {
  const element = document.createElement('input');
  element.type = 'checkbox';
  element.checked = value !== 0;
  element.setAttribute('aria-label', label);
  element.addEventListener('change', () => changed(element.checked ? 1 : 0));
  return { element, show: ([now]) => (element.checked = now !== 0) };
}

/**
 * @param {Parameter} parameter @param {number} component @param {string} label @param {(value: number) => void} changed
 * @returns {Control & {element: HTMLInputElement}}
 */
function number(parameter, component, label, changed) {
  const element = document.createElement('input');
  element.type = 'number';
  element.step = parameter.kind.startsWith('integer') ? '1' : 'any';
  element.min = String(parameter.min);
  element.max = String(parameter.max);
  element.value = shown(parameter.values[component]);
  element.setAttribute('aria-label', label);
  element.addEventListener('change', () => {
    const value = element.value === '' ? NaN : Number(element.value);
    changed(parameter.kind.startsWith('integer') ? Math.round(value) : value);
  });
  return { element, show: (values) => (element.value = shown(values[component])) };
}

/** Few digits, since f64 sums of decimals have many. @param {number} value */
const shown = (value) => String(Number(value.toPrecision(8)));

/** Three numbers or flags. @param {Parameter} parameter @param {string} label @param {(values: number[]) => void} changed @returns {Control} */
function several(parameter, label, changed) {
  const element = document.createElement('div');
  element.className = 'several';
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', label);
  const values = [...parameter.values];
  const parts = values.map((value, k) => {
    const name = `${label}, ${'xyz'[k] ?? k}`;
    const set = (/** @type {number} */ now) => {
      values[k] = now;
      changed([...values]);
    };
    return parameter.kind.startsWith('bool') ? flag(value, name, set) : number(parameter, k, name, set);
  });
  parts.forEach((part, k) => {
    const cell = element.appendChild(document.createElement('span'));
    cell.dataset.axis = 'xyz'[k] ?? '';
    cell.append(part.element);
  });
  const show = (/** @type {number[]} */ now) => {
    now.forEach((value, k) => (values[k] = value));
    parts.forEach((part, k) => part.show(parameter.kind.startsWith('bool') ? [now[k]] : now));
  };
  return { element, show };
}

/** A range that makes sense to slide over: the declared one, or about the value where that is too wide. @param {Parameter} parameter */
function slidingRange({ min, max, values: [value] }) {
  if (max - min <= SLIDER_SPAN) return [min, max];
  const reach = 2 * Math.abs(value) || 1;
  return [Math.max(min, value < 0 || min < 0 ? -reach : 0), Math.min(max, reach)];
}

/** A slider and a number beside it. @param {Parameter} parameter @param {string} label @param {(values: number[]) => void} changed @returns {Control} */
function slider(parameter, label, changed) {
  const element = document.createElement('div');
  element.className = 'slider';
  const range = element.appendChild(document.createElement('input'));
  range.type = 'range';
  range.setAttribute('aria-label', `${label}, slider`);
  const [low, high] = slidingRange(parameter);
  range.min = String(low);
  range.max = String(high);
  range.step = String((high - low) / SLIDER_STEPS);
  const typed = number(parameter, 0, label, (value) => take(value));
  element.append(typed.element);
  const show = (/** @type {number[]} */ values) => {
    range.value = String(values[0]);
    typed.show(values);
  };
  const take = (/** @type {number} */ value) => {
    if (Number.isFinite(value)) show([value]);
    changed([value]);
  };
  show(parameter.values);
  range.addEventListener('input', () => take(Math.min(Math.max(Number(Number(range.value).toPrecision(6)), parameter.min), parameter.max)));
  return { element, show };
}
