// The canvas and who draws on it. When graphics are lost, a new canvas and a new View take their place and show the same state;
// the run goes on meanwhile, for it needs neither.

import { backendNames, backends, createView } from './gpu.js';

/** Restarts within RESTART_SPAN_MS before the next backend is tried. */
const MOST_RESTARTS = 3;
const RESTART_SPAN_MS = 60_000;
/** More device pixels than this for a pixel of the page cost more than they show. */
const MOST_PIXEL_RATIO = 2;
/** No backend draws on more. */
const MOST_PIXELS_A_SIDE = 8192;

/**
 * Draws frames. Events, with what is to be known in `detail`: `fresh` when a View begins and wants its settings, `lost` after a restart,
 * `refused` when a backend cannot be used, `trouble`.
 */
export class Stage extends EventTarget {
  /** @type {import('./gpu.js').View | undefined} */
  view;
  /** @type {import('./gpu.js').Backend | undefined} */
  backend;
  /** Set to draw at the next animation frame. */
  dirty = true;
  /** Camera of the last View, for the next. @type {Float64Array | undefined} */
  camera;
  /** Canvas pixels for a pixel of the page. */
  pixelRatio = 1;
  /** Graphics restarted so many times. */
  restarts = 0;
  /** @type {{memory: WebAssembly.Memory, byteOffset: number, particleCount: number} | undefined} */
  #frame;
  /** Counts Views; callbacks of an older one are not listened to. */
  #generation = 0;
  /** Counts panics of the renderer's module. */
  #panics = 0;
  /** @type {number[]} */
  #lossTimes = [];
  #size = [0, 0];

  /** @param {HTMLElement} holder @param {import('./gpu.js').Backend | undefined} wanted */
  constructor(holder, wanted) {
    super();
    this.holder = holder;
    /** Backends that are still to be tried, the present one first. */
    this.remaining = wanted ? [...new Set([wanted, ...backends.slice(backends.indexOf(wanted))])] : [...backends];
    this.canvas = this.#freshCanvas();
    new ResizeObserver(() => this.#measure()).observe(holder);
    this.#measure();
  }

  #freshCanvas() {
    const canvas = document.createElement('canvas');
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'Picture of the particles. Arrow keys turn it, plus and minus come nearer and go away.');
    const focused = this.canvas && document.activeElement === this.canvas;
    this.holder.replaceChildren(canvas);
    if (focused) canvas.focus();
    return canvas;
  }

  #measure() {
    this.pixelRatio = Math.min(globalThis.devicePixelRatio || 1, MOST_PIXEL_RATIO);
    const { width, height } = this.holder.getBoundingClientRect();
    const shrink = Math.min(1, MOST_PIXELS_A_SIDE / (Math.max(width, height, 1) * this.pixelRatio));
    this.#size = [width, height].map((side) => Math.floor(side * this.pixelRatio * shrink));
    this.#try(() => this.view?.resize(this.#size[0], this.#size[1]));
    this.dirty = true;
  }

  /** Finds a backend that works, beginning with the present one. */
  async start() {
    const generation = ++this.#generation;
    while (this.remaining.length > 0 && generation === this.#generation) {
      const [backend] = this.remaining;
      try {
        const view = await createView(backend, this.canvas, this.#panics);
        if (generation !== this.#generation) return view.free();
        return this.#begin(view, backend, generation);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) this.#panics++;
        this.remaining.shift();
        this.canvas = this.#freshCanvas();
        const reason = String(/** @type {any} */ (error)?.message ?? error);
        this.dispatchEvent(new CustomEvent('refused', { detail: { backend: backendNames[backend], reason } }));
      }
    }
    if (generation === this.#generation) this.dispatchEvent(new CustomEvent('trouble', { detail: 'nothing is left to draw with; reload the page to try again' }));
  }

  /** @param {import('./gpu.js').View} view @param {import('./gpu.js').Backend} backend @param {number} generation */
  #begin(view, backend, generation) {
    const current = () => generation === this.#generation;
    view.onLost((reason) => current() && this.lose(reason || 'the device was lost'));
    view.onError((message) => current() && this.dispatchEvent(new CustomEvent('trouble', { detail: message })));
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      if (current()) this.lose('the WebGL context was lost');
    });
    this.view = view;
    this.backend = backend;
    view.resize(this.#size[0], this.#size[1]);
    this.dispatchEvent(new CustomEvent('fresh', { detail: view }));
    if (this.camera) view.setCamera(this.camera);
    if (this.#frame) this.#upload();
    this.dirty = true;
  }

  /** Drops the View and starts another; after too many losses, of the next backend. @param {string} reason */
  async lose(reason) {
    this.#generation++;
    this.#drop();
    const now = performance.now();
    this.#lossTimes = [...this.#lossTimes.filter((time) => now - time < RESTART_SPAN_MS), now];
    if (this.#lossTimes.length > MOST_RESTARTS) {
      this.remaining.shift();
      this.#lossTimes = [];
    }
    this.restarts++;
    this.canvas = this.#freshCanvas();
    await this.start();
    this.dispatchEvent(new CustomEvent('lost', { detail: reason }));
  }

  #drop() {
    const { view } = this;
    this.view = undefined;
    try {
      view?.free();
    } catch {
      this.#panics++;
    }
  }

  /** Calls the View; what it throws is a reason to start another. @param {() => void} work */
  #try(work) {
    try {
      work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#panics++;
      this.lose(String(/** @type {any} */ (error)?.message ?? error));
    }
  }

  /** Shows frames of this memory from now on. */
  forgetFrame() {
    this.#frame = undefined;
  }

  /**
   * Gives a frame to the GPU straight from the block. The reader owns the frame's slot until it takes the next, so the same
   * bytes serve a View that begins later.
   * @param {WebAssembly.Memory} memory
   * @param {import('../frames.js').Frame} frame
   */
  show(memory, { byteOffset, particleCount }) {
    this.#frame = { memory, byteOffset, particleCount };
    this.#upload();
  }

  #upload() {
    const { view } = this;
    if (!view || !this.#frame) return;
    const { memory, byteOffset, particleCount } = this.#frame;
    if (particleCount > view.maxParticles) return this.#tooMany(particleCount, view.maxParticles);
    this.#try(() => view.upload(memory.buffer, byteOffset, particleCount));
    this.dirty = true;
  }

  /** @param {number} count @param {number} most */
  #tooMany(count, most) {
    this.dispatchEvent(new CustomEvent('trouble', { detail: `${count} particles are more than the ${most} that this graphics device can hold` }));
    this.remaining.shift();
    this.#generation++;
    this.#drop();
    this.canvas = this.#freshCanvas();
    this.start();
  }

  /** Draws if anything changed. @returns {boolean} whether it did */
  draw() {
    const { view } = this;
    if (!view || !this.dirty || this.#size[0] === 0 || this.#size[1] === 0) return false;
    this.dirty = false;
    this.#try(() => {
      view.render();
      this.camera = view.camera();
    });
    return true;
  }

  /** Changes the View's camera or settings. @param {(view: import('./gpu.js').View) => void} change */
  adjust(change) {
    const { view } = this;
    if (view) this.#try(() => change(view));
    this.dirty = true;
  }
}
