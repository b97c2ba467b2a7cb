// Numbers and words as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count with thousands apart. @param {number} value */
export const count = (value) => whole.format(value);

/** A rate: one decimal while it is small. @param {number} value */
export const rate = (value) => (value < 10 ? value.toFixed(1) : whole.format(value));

/**
 * A measured number in at most four digits.
 * @param {number} value
 */
export function quantity(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

/** `linear_drag` as `Linear drag`. @param {string} name */
export function words(name) {
  const text = name.replace(/[_-]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * A parameter's value as a scene file or `path=value` writes it.
 * @param {import('../simulation.js').Parameter} parameter
 * @param {number[]} values
 */
export function asSceneText(parameter, values) {
  const one = (/** @type {number} */ value) => {
    if (parameter.kind === 'choice') return parameter.choices?.[value] ?? String(value);
    if (parameter.kind.startsWith('bool')) return value ? 'true' : 'false';
    return String(value);
  };
  return values.length === 1 ? one(values[0]) : `[${values.map(one).join(', ')}]`;
}
