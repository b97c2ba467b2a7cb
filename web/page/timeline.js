// The scrub bar under the transport: what of the run is recorded, the way to any moment of it, the branch, and recordings as files.

import { attach } from '../recorder.js';
import { openRecording } from '../playback.js';
import { count, quantity } from './format.js';
import { download } from './share.js';

/** Bytes of a ring: what a page may take beside the block. */
const RING_BYTES = 96 * 2 ** 20;
/** Larger blocks are not recorded: a keyframe of theirs would hold the run up. */
const MOST_BLOCK_BYTES = 96 * 2 ** 20;
const EVERY = 64;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const element = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/**
 * @typedef {object} Parts
 * @property {import('./session.js').Session} session
 * @property {import('./pace.js').Pace} pace
 * @property {import('./stage.js').Stage} stage
 * @property {import('./notice.js').Notices} notices
 * @property {(text: string) => void} announce
 * @property {() => void} rewound parameters are others now
 */

export class Timeline {
  /** @type {import('../recorder.js').Recorder | undefined} */
  recorder;
  /** A recording on show in place of the run. @type {import('../playback.js').Playback | undefined} */
  playback;
  /** The moment that is asked for; the way to another one is under way. */
  #wanted = -1;
  #going = false;
  #shownSoon = false;
  #slider = /** @type {HTMLInputElement} */ (element('scrub'));

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    const { session, pace } = parts;
    session.addEventListener('scene', () => void this.#follow());
    // A run that has left behind who joined is recorded anew.
    session.addEventListener('reset', () => (this.recorder ? this.show() : void this.#follow()));
    pace.addEventListener('change', () => pace.playing && this.close());
    this.#slider.addEventListener('input', () => void this.go(Number(this.#slider.value)));
    this.#slider.addEventListener('change', () => parts.announce(this.#slider.getAttribute('aria-valuetext') ?? ''));
    element('back').addEventListener('click', () => void this.back());
    element('branch').addEventListener('click', () => void this.#try('The moment cannot be kept', () => this.#branch()));
    element('compare').addEventListener('click', () => void this.#try('A and B cannot be compared', () => this.#compare()));
    element('save-recording').addEventListener('click', () => void this.#try('The recording cannot be written', () => this.#save()));
  }

  /** @param {string} title @param {() => Promise<void>} work */
  async #try(title, work) {
    try {
      await work();
    } catch (error) {
      this.parts.notices.tell('error', title, /** @type {Error} */ (error).message);
    }
  }

  /** Work that a recorded run cannot take; recording begins anew after it. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async apart(work) {
    this.close();
    await this.recorder?.detach();
    try {
      return await work();
    } finally {
      await this.#follow();
    }
  }

  /** Records another simulation from now on. */
  async #follow() {
    const { simulation } = this.parts.session;
    this.playback = undefined;
    this.recorder = undefined;
    this.show();
    if (!simulation || simulation.compiled.blockBytes > MOST_BLOCK_BYTES) return this.#unavailable('this scene is too large to be recorded in a page');
    try {
      const recorder = await attach(simulation, { bytes: RING_BYTES, every: EVERY });
      if (simulation !== this.parts.session.simulation) return void recorder.detach();
      this.recorder = recorder;
      recorder.addEventListener('change', () => this.#later());
      recorder.addEventListener('rewound', () => this.parts.rewound());
      const without = (/** @type {Event} */ event) => {
        this.recorder = undefined;
        this.#unavailable(/** @type {CustomEvent} */ (event).detail.message);
      };
      recorder.addEventListener('ended', without);
      recorder.addEventListener('stopped', (event) => {
        without(event);
        this.parts.notices.tell('warning', 'The run is no longer recorded', /** @type {CustomEvent} */ (event).detail.message);
      });
      this.show();
    } catch (error) {
      if (simulation === this.parts.session.simulation) this.#unavailable(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} reason */
  #unavailable(reason) {
    this.show();
    element('moment').textContent = 'not recorded';
    element('timeline').title = reason;
  }

  /** Steps come faster than pictures; and a run that goes on takes the place of a recording. */
  #later() {
    if (this.playback) this.close();
    if (this.#shownSoon) return;
    this.#shownSoon = true;
    requestAnimationFrame(() => {
      this.#shownSoon = false;
      this.show();
    });
  }

  /** Shows range and moment. */
  show() {
    const { recorder, playback } = this;
    const now = this.#wanted >= 0 ? this.#wanted : (this.parts.session.simulation?.stepsDone ?? 0);
    const range = playback ? { first: 0, last: playback.frames - 1 } : (recorder?.range ?? { first: 0, last: 0 });
    const [first, last] = [range.first, Math.max(range.first, range.last)];
    Object.assign(this.#slider, { min: String(first), max: String(last), disabled: !recorder && !playback });
    if (!playback) this.#say(now, `step ${count(now)}`, `Step ${now} of ${first} to ${last}`);
    element('timeline').title = recorder ? `steps ${count(first)} to ${count(last)} are recorded; drag to any of them` : '';
    for (const id of ['back', 'branch', 'save-recording']) /** @type {HTMLButtonElement} */ (element(id)).disabled = !recorder && !(id === 'back' && playback);
    const branched = recorder?.branchStep !== undefined;
    element('branch').setAttribute('aria-pressed', String(branched));
    /** @type {HTMLButtonElement} */ (element('compare')).disabled = !branched;
  }

  /** @param {number} value @param {string} text @param {string} spoken */
  #say(value, text, spoken) {
    this.#slider.value = String(value);
    this.#slider.setAttribute('aria-valuetext', spoken);
    element('moment').textContent = text;
  }

  /** Goes to a moment; while one is on its way only the last that was asked for counts. @param {number} moment */
  async go(moment) {
    this.#wanted = moment;
    if (this.#going) return;
    this.#going = true;
    this.parts.pace.pause();
    await this.#try('That moment cannot be shown', async () => {
      for (let at = -1; at !== this.#wanted && this.#wanted >= 0; ) {
        at = this.#wanted;
        await (this.playback ? this.#frame(at) : this.recorder?.rewind(at));
        this.show();
      }
    });
    this.#wanted = -1;
    this.#going = false;
    this.show();
  }

  /** One step back. */
  async back() {
    const now = this.playback ? Number(this.#slider.value) : (this.parts.session.simulation?.stepsDone ?? 0);
    const first = this.playback ? 0 : (this.recorder?.range.first ?? now);
    if (now > first) await this.go(now - 1);
  }

  async #branch() {
    const { recorder, parts } = this;
    if (!recorder) return;
    if (recorder.branchStep === undefined) {
      await recorder.branch();
      parts.announce(`Branched at step ${recorder.branchStep}`);
      parts.notices.tell('info', `A is kept at step ${count(recorder.branchStep ?? 0)}`, 'Change parameters and go on: that is B. Compare tells how far it is from A at the same step.');
    } else recorder.unbranch();
    this.show();
  }

  async #compare() {
    if (!this.recorder) return;
    this.parts.pace.pause();
    const { step, branchStep, a, b, common, meanDistance, greatestDistance } = await this.recorder.compare();
    const line = (/** @type {string} */ name, /** @type {'kinetic' | 'potential' | 'total'} */ key) => `${name.padEnd(18)}${quantity(a[key]).padStart(12)}${quantity(b[key]).padStart(12)}`;
    const table = [`${''.padEnd(18)}${'A'.padStart(12)}${'B'.padStart(12)}`, line('kinetic energy', 'kinetic'), line('potential energy', 'potential'), line('total energy', 'total')];
    const apart = `the same ${count(common)} particles are ${quantity(meanDistance)} apart in the mean,\nat most ${quantity(greatestDistance)}`;
    this.parts.notices.tell('info', `A and B at step ${count(step)}, ${count(step - branchStep)} steps after the branch`, [...table, apart].join('\n'), { stay: true });
  }

  async #save() {
    const name = this.parts.session.source?.name.replace(/\.[^.]*$/, '') ?? 'run';
    if (this.recorder) download(`${name}.mtr`, await this.recorder.file());
  }

  /**
   * Shows a recording in place of the run, until the run goes on.
   * @param {Uint8Array} bytes
   * @throws {Error} when it is damaged, with the place
   */
  async open(bytes) {
    const { simulation } = this.parts.session;
    if (!simulation) throw new Error('there is no scene to show it with');
    const playback = await openRecording(simulation, bytes);
    this.parts.pace.pause();
    this.playback?.dispose();
    this.playback = playback;
    await this.go(0);
  }

  /** @param {number} index */
  async #frame(index) {
    const { playback, parts } = this;
    if (!playback) return;
    const frame = await playback.frame(index);
    parts.stage.show(playback.simulation.memory, frame);
    this.#say(index, `frame ${count(index + 1)} of ${count(playback.frames)}, step ${count(frame.step)}`, `Frame ${index + 1} of ${playback.frames}, step ${frame.step}`);
  }

  /** Back to the run. */
  close() {
    this.playback?.dispose();
    this.playback = undefined;
    this.show();
  }
}
