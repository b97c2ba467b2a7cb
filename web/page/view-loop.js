// Each animation frame: take the newest complete frame, hand it to the GPU, draw. And count what that costs.

/** Rates are averages over about this long. */
const WINDOW_MS = 1000;

/**
 * @typedef {object} Rates
 * @property {number} steps per second
 * @property {number} frames drawn per second
 * @property {number} share of the page thread's time that the page took, 0 to 1
 */

/** Events: `rates` about every second, `first` after the first picture. */
export class ViewLoop extends EventTarget {
  /** @type {Rates} */
  rates = { steps: 0, frames: 0, share: 0 };
  /** The frame on display. @type {import('../frames.js').Frame | undefined} */
  frame;
  #since = performance.now();
  #steps = 0;
  #frames = 0;
  #busyMs = 0;
  #ownThreadMs = 0;
  #drawn = false;

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./pace.js').Pace} pace
   * @param {import('./stage.js').Stage} stage
   */
  constructor(session, pace, stage) {
    super();
    this.session = session;
    this.pace = pace;
    this.stage = stage;
  }

  start() {
    const next = (/** @type {number} */ time) => {
      requestAnimationFrame(next);
      const begun = performance.now();
      this.#animate(time);
      this.#busyMs += performance.now() - begun;
      if (begun - this.#since >= WINDOW_MS) this.#count(begun);
    };
    requestAnimationFrame(next);
    document.addEventListener('visibilitychange', () => this.#restartCount());
  }

  /** @param {number} time */
  #animate(time) {
    this.pace.tick(time);
    const { simulation } = this.session;
    const frame = simulation?.takeFrame();
    if (simulation && frame) {
      this.frame = frame;
      this.stage.show(simulation.memory, frame);
    }
    if (!this.stage.draw()) return;
    this.#frames++;
    if (!this.#drawn && this.frame) {
      this.#drawn = true;
      this.dispatchEvent(new Event('first'));
    }
  }

  /** @param {number} now */
  #count(now) {
    const elapsed = now - this.#since;
    const steps = this.session.simulation?.stepsDone ?? 0;
    const own = this.pace.ownThreadMs - this.#ownThreadMs;
    this.rates = {
      steps: (Math.max(steps - this.#steps, 0) * 1000) / elapsed,
      frames: (this.#frames * 1000) / elapsed,
      share: Math.min((this.#busyMs + own) / elapsed, 1),
    };
    this.#restartCount(now);
    this.dispatchEvent(new Event('rates'));
  }

  /** Begins counting anew. @param {number} [now] */
  #restartCount(now = performance.now()) {
    this.#since = now;
    this.#steps = this.session.simulation?.stepsDone ?? 0;
    this.#frames = 0;
    this.#busyMs = 0;
    this.#ownThreadMs = this.pace.ownThreadMs;
  }

  /** Another simulation's frames from now on. */
  follow() {
    this.frame = undefined;
    this.stage.forgetFrame();
    this.#restartCount();
  }
}
