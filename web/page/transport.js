// Buttons, sliders and lists that stand in the page from the start, and the keys that do the same.

import { copyLink } from './share.js';
import { count } from './format.js';
import { fetchPreset, listPresets } from './presets.js';
import { listenToFiles } from './drop.js';
import { listenToKeys } from './keys.js';
import { processors } from '../platform.js';

/** @template {HTMLElement} T @param {string} id @returns {T} */
const element = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/**
 * @typedef {object} Parts
 * @property {import('./session.js').Session} session
 * @property {import('./stage.js').Stage} stage
 * @property {import('./pace.js').Pace} pace
 * @property {import('./notice.js').Notices} notices
 * @property {(text: string) => void} announce
 * @property {() => void} recenter
 * @property {import('./timeline.js').Timeline} timeline
 * @property {() => string} link
 */

/** @param {Parts} parts */
export function connectControls(parts) {
  const { session, stage, pace, notices } = parts;
  const refuse = (/** @type {string} */ title) => (/** @type {Error} */ error) => void notices.tell('error', title, error.message);
  const commands = {
    togglePlay: () => (pace.playing ? pace.pause() : pace.play()),
    step: () => void pace.step(),
    back: () => void parts.timeline.back(),
    reset: () => void session.reset().catch(refuse('The scene cannot begin with these values')),
    help: () => /** @type {HTMLDialogElement} */ (element('help-dialog')).showModal(),
    recenter: parts.recenter,
    togglePanel: () => openPanel(element('sheet').dataset.open !== 'true'),
  };
  element('play').addEventListener('click', commands.togglePlay);
  element('step').addEventListener('click', commands.step);
  element('reset').addEventListener('click', commands.reset);
  element('help').addEventListener('click', commands.help);
  element('recenter').addEventListener('click', commands.recenter);
  element('toggle').addEventListener('click', commands.togglePanel);
  element('share').addEventListener('click', () => copyLink(parts.link(), notices, session.source?.preset === true && !session.source.init && !session.source.plugIns));
  listenToKeys(stage, commands);
  connectSpeed(pace);
  connectPlay(parts);
  connectThreads(session, refuse('The scene cannot begin with these threads'));
  connectPresets(session, refuse);
  connectFiles(parts);
  openPanel(matchMedia('(min-width: 800px)').matches);
}

/** @param {boolean} open */
function openPanel(open) {
  element('sheet').dataset.open = String(open);
  document.documentElement.dataset.panel = open ? 'open' : 'closed';
  element('toggle').setAttribute('aria-expanded', String(open));
  element('toggle').setAttribute('aria-label', open ? 'Hide parameters' : 'Show parameters');
}

/** Speeds double from notch to notch. @param {import('./pace.js').Pace} pace */
function connectSpeed(pace) {
  const slider = /** @type {HTMLInputElement} */ (element('speed'));
  const show = () => {
    const text = `${pace.stepsPerFrame} step${pace.stepsPerFrame === 1 ? '' : 's'}/frame`;
    element('speed-value').textContent = text;
    slider.setAttribute('aria-valuetext', text);
  };
  slider.value = String(Math.round(Math.log2(pace.stepsPerFrame)));
  show();
  slider.addEventListener('input', () => {
    pace.stepsPerFrame = 2 ** Number(slider.value);
    show();
  });
}

/** @param {Parts} parts */
function connectPlay({ pace, session, announce, notices }) {
  const button = element('play');
  pace.addEventListener('change', (event) => {
    document.documentElement.dataset.playing = String(pace.playing);
    button.setAttribute('aria-pressed', String(pace.playing));
    button.setAttribute('aria-label', pace.playing ? 'Pause' : 'Play');
    announce(pace.playing ? 'Playing' : `Paused at step ${session.simulation?.stepsDone ?? 0}`);
    const error = /** @type {CustomEvent} */ (event).detail;
    // Faults of physics are told by the session, with their cure.
    if (error && !('particle' in error)) notices.tell('error', 'The run stopped', String(error.message ?? error));
  });
}

/** @param {import('./session.js').Session} session @param {(error: Error) => void} refuse */
function connectThreads(session, refuse) {
  const input = /** @type {HTMLInputElement} */ (element('threads'));
  session.addEventListener('scene', () => {
    const { simulation } = session;
    if (!simulation) return;
    input.value = String(simulation.threads);
    input.disabled = !simulation.isolated;
    const why = `1 thread: ${simulation.threadsReason}. Serve with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.`;
    element('threads-note').textContent = simulation.isolated ? `${processors} processors here; a change begins the scene again.` : why;
  });
  input.addEventListener('change', () => {
    const threads = Math.round(Number(input.value));
    if (threads >= 1 && threads <= 32) session.setThreads(threads).catch(refuse);
    else input.value = String(session.simulation?.threads ?? 1);
  });
}

/** @param {import('./session.js').Session} session @param {(title: string) => (error: Error) => void} refuse */
async function connectPresets(session, refuse) {
  const select = /** @type {HTMLSelectElement} */ (element('preset'));
  const presets = await listPresets().catch(() => []);
  select.replaceChildren(...presets.map(({ name, title, particles }) => new Option(`${title}${particles ? ` (${count(particles)})` : ''}`, name)));
  const show = () => {
    select.querySelector('[data-own]')?.remove();
    const { source } = session;
    if (source && (!source.preset || source.init)) {
      const own = new Option(source.initName ?? source.name, '');
      own.dataset.own = '';
      select.prepend(own);
      select.value = '';
    } else if (source) select.value = source.name;
  };
  show();
  session.addEventListener('scene', show);
  session.addEventListener('loading', () => document.documentElement.toggleAttribute('data-loading', session.loading));
  select.addEventListener('change', () => {
    fetchPreset(select.value).then((source) => session.load(source)).catch((error) => (show(), refuse('The scene cannot be loaded')(error)));
  });
}

/** @param {Parts} parts */
function connectFiles({ session, notices, timeline }) {
  const elements = { hint: element('drop-hint'), open: element('open'), input: /** @type {HTMLInputElement} */ (element('file')) };
  listenToFiles(elements, {
    scene: (name, text) => session.load({ name, text, preset: false }),
    particles: async (init) => {
      if (!session.source) throw new Error('there is no scene to put the particles in');
      await session.load({ ...session.source, init, initName: init.name }, session.overrides);
    },
    module: (name, bytes) => takeModule(session, notices, name, bytes),
    recording: (bytes) => timeline.open(bytes),
    refuse: (name, error) => void notices.tell('error', `${name} cannot be loaded`, error.message),
  });
}

/** Whether a module is a build of the physics. @param {Uint8Array} bytes */
async function isPhysics(bytes) {
  try {
    const module = await WebAssembly.compile(/** @type {BufferSource} */ (bytes));
    return WebAssembly.Module.exports(module).some(({ name }) => name.startsWith('motes_'));
  } catch {
    // What is no module at all is told by whoever tries it first.
    return true;
  }
}

/**
 * Goes on with another build of the physics, or with a plug-in, and says so.
 * @param {import('./session.js').Session} session
 * @param {import('./notice.js').Notices} notices
 * @param {string} name
 * @param {Uint8Array} bytes
 */
export async function takeModule(session, notices, name, bytes) {
  const { simulation } = session;
  if (!simulation) throw new Error('nothing runs that could go on with it');
  if (!(await isPhysics(bytes))) {
    await session.plug(name, bytes);
    const plugIn = session.simulation?.plugIns.find(({ file }) => file === name);
    notices.tell('info', `The run goes on with ${name}`, plugIn?.about ?? '');
    return;
  }
  const took = await simulation.swap(bytes);
  notices.tell('info', `The run goes on with ${name}`, `It passed its trial on a copy; the run stood still for ${Math.round(took)} ms at step ${simulation.stepsDone}.`);
}
