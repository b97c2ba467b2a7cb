// The sound's button: off until it is pressed, with the counters of under- and overruns beside it, or why there is no sound.

import { count } from './format.js';
import { createSound, whyNoSound } from '../sound.js';

/** Milliseconds between two looks at the counters. */
const LOOK_EVERY = 500;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class SoundSwitch {
  /** @type {import('../sound.js').Sound | undefined} */
  sound;
  /** Whether it is asked for; stays so when the scene changes. */
  #wanted = false;
  /** One context for all scenes. @type {AudioContext | undefined} */
  #context;
  #button = /** @type {HTMLButtonElement} */ (element('sound'));

  /** @param {{session: import('./session.js').Session, notices: import('./notice.js').Notices}} parts */
  constructor(parts) {
    this.parts = parts;
    parts.session.addEventListener('scene', () => void this.#follow());
    this.#button.addEventListener('click', () => void this.toggle());
    setInterval(() => this.sound?.playing && this.#show(), LOOK_EVERY);
  }

  /** On or off. */
  async toggle() {
    this.#wanted = !this.#wanted;
    // A context that is made in the click may sound.
    if (this.#wanted) this.#context ??= new AudioContext();
    await this.#follow();
  }

  /** Sounds with the present simulation if asked to. */
  async #follow() {
    const { session, notices } = this.parts;
    const { simulation } = session;
    void this.sound?.dispose();
    this.sound = undefined;
    const reason = simulation ? whyNoSound(simulation) : 'there is no run to listen to';
    this.#button.disabled = reason !== '';
    if (simulation && !reason && this.#wanted && this.#context) {
      try {
        const sound = await createSound(simulation, { context: this.#context });
        if (!this.#wanted || simulation !== session.simulation) return void sound.dispose();
        sound.addEventListener('stopped', (event) => this.#failed(/** @type {CustomEvent} */ (event).detail));
        this.sound = sound;
        await sound.start();
      } catch (error) {
        this.#failed(/** @type {Error} */ (error));
      }
    } else if (!this.#wanted) await this.#context?.suspend();
    this.#show(reason);
  }

  /** @param {Error} error */
  #failed(error) {
    [this.#wanted, this.sound] = [false, undefined];
    this.parts.notices.tell('error', 'There is no sound', error.message);
    this.#show();
  }

  /** @param {string} [reason] why there can be none */
  #show(reason = '') {
    const stats = this.sound?.stats;
    const plural = (/** @type {number} */ n, /** @type {string} */ word) => `${count(n)} ${word}${n === 1 ? '' : 's'}`;
    this.#button.setAttribute('aria-pressed', String(this.#wanted && !reason));
    const silent = this.sound && !this.sound.heard ? 'the browser plays nothing: no audio device?' : '';
    element('sound-note').textContent = reason || silent || (stats ? `${plural(stats.underruns, 'underrun')}, ${plural(stats.overruns, 'overrun')}` : 'off');
    element('sound-note').title = stats ? 'underruns: the sound waited for the run; overruns: events that came too fast and were dropped' : '';
  }
}
