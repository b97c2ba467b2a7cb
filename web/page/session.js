// What runs: one simulation, the scene it came from, and what was changed since. A scene that cannot be loaded leaves the run as it is.

import { createSimulation } from '../simulation.js';
import { asSceneText } from './format.js';

/** Bytes that the block may grow into where something lies behind it: the sound, or plug-ins. Untouched they cost nothing. */
const RESERVE = 64 << 20;

/**
 * @typedef {object} Source
 * @property {string} name of the preset or file
 * @property {string} text of the scene file
 * @property {boolean} preset
 * @property {import('../particles.js').Init} [init] a file whose particles take the place of the scene's
 * @property {string} [initName]
 * @property {import('../plug-ins/plug-ins.js').Source[]} [plugIns] files from outside, beside those that the scene names
 */

/** Events: `loading`, `reading` with how far in `detail`, `scene` when another simulation runs, `parameter` with its path in `detail`, `reset`, `fault`, `restarted`, `reverted`, `pluginstopped`. */
export class Session extends EventTarget {
  /** @type {import('../simulation.js').Simulation | undefined} */
  simulation;
  /** @type {Source | undefined} */
  source;
  /** Values that differ from the scene file, as text by path. @type {Map<string, string>} */
  overrides = new Map();
  /** Changed values that act from the next reset. @type {Set<string>} */
  pending = new Set();
  loading = false;
  #turn = 0;

  /** @param {import('./pace.js').Pace} pace @param {number | undefined} threads */
  constructor(pace, threads) {
    super();
    this.pace = pace;
    this.threads = threads;
  }

  /**
   * Loads a scene in place of the present one.
   * @param {Source} source
   * @param {Iterable<[string, string]>} [overrides]
   * @param {import('../simulation.js').Simulation} [from] a run to go on from
   * @throws {Error} when it is not a scene; the present one goes on
   */
  async load(source, overrides = [], from = undefined) {
    const turn = ++this.#turn;
    const wanted = new Map(overrides);
    this.loading = true;
    this.dispatchEvent(new Event('loading'));
    try {
      const simulation = await createSimulation({
        scene: source.text,
        name: source.name,
        init: source.init,
        initName: source.initName,
        plugIns: source.plugIns,
        from,
        reserve: RESERVE,
        onReading: (detail) => this.dispatchEvent(new CustomEvent('reading', { detail })),
        threads: this.threads,
        overrides: [...wanted].map(([path, value]) => `${path}=${value}`),
      });
      // Another scene was asked for meanwhile.
      if (turn !== this.#turn) return simulation.dispose();
      this.#adopt(simulation, source, wanted);
    } finally {
      if (turn === this.#turn) this.loading = false;
      this.dispatchEvent(new Event('loading'));
    }
  }

  /** @param {import('../simulation.js').Simulation} simulation @param {Source} source @param {Map<string, string>} overrides */
  #adopt(simulation, source, overrides) {
    this.simulation?.dispose();
    Object.assign(this, { simulation, source, overrides });
    this.pending.clear();
    for (const kind of ['fault', 'restarted', 'reverted', 'pluginstopped']) {
      simulation.addEventListener(kind, (event) => {
        if (this.simulation === simulation) this.dispatchEvent(new CustomEvent(kind, { detail: /** @type {CustomEvent} */ (event).detail }));
      });
    }
    this.pace.follow(simulation);
    this.dispatchEvent(new Event('scene'));
  }

  /** Goes on with another plug-in; one of the same name takes the other's place. @param {string} file @param {Uint8Array} bytes */
  async plug(file, bytes) {
    if (!this.source) throw new Error('there is no scene that it could work in');
    // In its very place: plug-ins keep their data where those before them are the same.
    const plugIns = [...(this.source.plugIns ?? [])];
    const at = plugIns.findIndex((plugIn) => plugIn.file === file);
    plugIns.splice(at < 0 ? plugIns.length : at, at < 0 ? 0 : 1, { file, bytes });
    await this.load({ ...this.source, plugIns }, this.overrides, this.simulation);
  }

  /** Loads the same scene again with what was changed. */
  async reload() {
    if (this.source) await this.load(this.source, this.overrides);
  }

  /** Begins again. Values that act only at the beginning are checked as a scene is, so they may be refused. */
  async reset() {
    if (this.pending.size > 0) return this.reload();
    await this.simulation?.reset();
    this.dispatchEvent(new Event('reset'));
  }

  /**
   * Changes a parameter: at once where it is live, else from the next reset.
   * @param {string} path
   * @param {number[]} values
   * @throws {RangeError} when they are out of range
   */
  async set(path, values) {
    const { simulation } = this;
    const parameter = simulation?.parameters.find((p) => p.path === path);
    if (!simulation || !parameter) throw new RangeError(`there is no parameter ${path}`);
    if (!values.every((v) => Number.isFinite(v) && v >= parameter.min && v <= parameter.max)) {
      throw new RangeError(`${path} takes numbers from ${parameter.min} to ${parameter.max}`);
    }
    if (parameter.live) await simulation.set(path, values);
    else this.pending.add(path);
    this.overrides.set(path, asSceneText(parameter, values));
    // Colours are of the published frame: a paused run publishes the same state once more.
    if (parameter.section === 'view' && !this.pace.playing) await simulation.step(0);
    this.dispatchEvent(new CustomEvent('parameter', { detail: path }));
  }

  /** Changes the number of workers; the scene begins again. @param {number} threads */
  async setThreads(threads) {
    this.threads = threads;
    await this.reload();
  }
}

/** `path=value` texts by path; what is not of that form is told. @param {string[]} texts @param {string[]} complaints */
export function overridesOf(texts, complaints) {
  /** @type {Map<string, string>} */
  const overrides = new Map();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at > 0) overrides.set(text.slice(0, at).trim(), text.slice(at + 1).trim());
    else complaints.push(`set=${text.slice(0, 60)} is not path=value`);
  }
  return overrides;
}
