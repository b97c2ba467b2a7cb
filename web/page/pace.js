// When the next steps are due: so many for each frame of the display, never more to catch up.
//
// Each animation frame allows one portion of steps, and at most one is kept for later. Where frames are drawn more slowly than
// SLOW_DISPLAY_MS, as by a GPU made of software, workers go on without waiting for them. A hidden page gets no animation frames
// and takes no steps.

const SLOW_DISPLAY_MS = 40;

export class Pace extends EventTarget {
  playing = false;
  /** Steps for each frame. */
  stepsPerFrame = 4;
  /** Milliseconds that steps took of the page's own thread; stays 0 where workers take them. */
  ownThreadMs = 0;
  /** @type {import('../simulation.js').Simulation | undefined} */
  #simulation;
  #allowed = 0;
  #lastFrame = 0;
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  constructor() {
    super();
    document.addEventListener('visibilitychange', () => {
      this.#allowed = 0;
    });
  }

  /** Steps another simulation from now on. @param {import('../simulation.js').Simulation | undefined} simulation */
  follow(simulation) {
    this.#simulation = simulation;
    this.#allowed = 0;
    this.#running = false;
  }

  /** To be called at every animation frame. @param {number} now milliseconds */
  tick(now) {
    this.#lastFrame = now;
    this.#allowed = Math.min(this.#allowed + 1, 2);
    this.#go();
  }

  async #go() {
    const simulation = this.#simulation;
    clearTimeout(this.#later);
    if (!simulation || this.#running) return;
    this.#running = true;
    while (this.playing && this.#simulation === simulation && this.#due(simulation.isolated)) {
      this.#allowed = Math.max(0, this.#allowed - 1);
      const begun = performance.now();
      try {
        await simulation.step(this.stepsPerFrame);
      } catch (error) {
        // A fault has its own event; anything else ends the run as well.
        if (this.#simulation === simulation) this.#stop(/** @type {Error} */ (error));
      }
      if (!simulation.isolated) this.ownThreadMs += performance.now() - begun;
    }
    if (this.#simulation !== simulation) return;
    this.#running = false;
    if (this.playing && simulation.isolated) this.#later = setTimeout(() => this.#go(), SLOW_DISPLAY_MS);
  }

  /** @param {boolean} workers */
  #due(workers) {
    return !document.hidden && (this.#allowed > 0 || (workers && performance.now() - this.#lastFrame > SLOW_DISPLAY_MS));
  }

  /** @param {Error} error */
  #stop(error) {
    this.playing = false;
    this.dispatchEvent(new CustomEvent('change', { detail: error }));
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.#allowed = 0;
    this.dispatchEvent(new CustomEvent('change'));
    this.#go();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.dispatchEvent(new CustomEvent('change'));
  }

  /** One step, or as many as told, while paused. @param {number} [steps] */
  async step(steps = 1) {
    this.pause();
    await this.#simulation?.step(steps).catch((error) => this.#stop(error));
  }
}
