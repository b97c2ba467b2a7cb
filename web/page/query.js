// The page's address: what to show, and how. Reading never throws; what cannot be used is told.
//
//   ?scene=melt&set=dt=0.002&set=view.colormap=turbo&camera=30,20,1.4,0,0,0&threads=2&speed=8&backend=webgl2&pause

/** @typedef {'webgpu' | 'webgl2' | '2d'} Backend */
/**
 * @typedef {object} Query
 * @property {string | undefined} scene name of a preset
 * @property {Backend | undefined} backend
 * @property {number | undefined} threads
 * @property {number | undefined} speed steps per frame
 * @property {boolean} pause begin without playing
 * @property {boolean} watch take new builds of the physics as they come
 * @property {string[]} overrides `path=value` each
 * @property {number[] | undefined} camera azimuth, elevation, distance, and the point looked at
 * @property {string[]} complaints
 */

const KNOWN = ['scene', 'backend', 'threads', 'speed', 'pause', 'set', 'camera', 'watch'];
/** Longest value that is read; links are made by strangers. */
const LONGEST = 400;
const MOST_OVERRIDES = 200;

/**
 * A whole number in a range, or `undefined` with a complaint.
 * @param {URLSearchParams} params
 * @param {string} name
 * @param {number} max
 * @param {string[]} complaints
 */
function wholeNumber(params, name, max, complaints) {
  const text = params.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  complaints.push(`${name}=${text.slice(0, 40)} is not a whole number from 1 to ${max}`);
  return undefined;
}

/**
 * @param {string | null} text
 * @param {string[]} complaints
 */
function cameraOf(text, complaints) {
  if (text === null) return undefined;
  const numbers = text.split(',').map(Number);
  if (numbers.length === 6 && numbers.every(Number.isFinite) && numbers[2] > 0) return numbers;
  complaints.push(`camera=${text.slice(0, 60)} is not six numbers: azimuth, elevation, distance, and the point looked at`);
  return undefined;
}

/**
 * Reads an address.
 * @param {string} search
 * @returns {Query}
 */
export function readQuery(search) {
  const params = new URLSearchParams(search);
  /** @type {string[]} */
  const complaints = [];
  for (const [name, value] of [...params]) {
    if (!KNOWN.includes(name)) complaints.push(`the address asks for “${name.slice(0, 40)}”, which this page does not know; it knows ${KNOWN.join(', ')}`);
    if (value.length > LONGEST) {
      complaints.push(`the value of “${name.slice(0, 40)}” is too long`);
      params.delete(name);
    }
  }
  const backend = params.get('backend');
  const fits = backend === 'webgpu' || backend === 'webgl2' || backend === '2d';
  if (backend !== null && !fits) complaints.push(`backend=${backend.slice(0, 40)} is not one of webgpu, webgl2, 2d`);
  return {
    scene: params.get('scene') ?? undefined,
    backend: fits ? backend : undefined,
    threads: wholeNumber(params, 'threads', 32, complaints),
    speed: wholeNumber(params, 'speed', 1000, complaints),
    pause: params.has('pause'),
    watch: params.has('watch'),
    overrides: params.getAll('set').slice(0, MOST_OVERRIDES),
    camera: cameraOf(params.get('camera'), complaints),
    complaints,
  };
}

/**
 * The address that shows this again.
 * @param {string} address the page's own
 * @param {{scene: string, overrides: string[], camera: ArrayLike<number>, speed: number, backend?: string}} state
 */
export function shareLink(address, { scene, overrides, camera, speed, backend }) {
  const url = new URL(address);
  url.search = '';
  url.hash = '';
  url.searchParams.set('scene', scene);
  for (const override of overrides) url.searchParams.append('set', override);
  url.searchParams.set('camera', Array.from(camera, (value) => Number(value.toPrecision(6))).join(','));
  url.searchParams.set('speed', String(speed));
  if (backend) url.searchParams.set('backend', backend);
  return url.href;
}
