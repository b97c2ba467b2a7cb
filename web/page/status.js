// The status line: who draws, who steps, how fast, and whether energy is kept.

import { count, quantity, rate } from './format.js';

const DIAGNOSE_EVERY_MS = 1000;

/** @typedef {import('../simulation.js').Simulation} Simulation */

/** Whether the model keeps the total energy. @param {Simulation} simulation */
const conserves = (simulation) => simulation.parameters.some((p) => p.kindName === 'lennard-jones');

/** Shows and measures. Nothing here is read out by itself; the page announces what changes for good. */
export class Status {
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map();
  /** Energy that drift is measured from. @type {number | undefined} */
  #reference;
  #diagnosedAt = -Infinity;
  #diagnosedStep = -1;
  /** @type {Simulation | undefined} */
  #simulation;

  /** @param {HTMLElement} place */
  constructor(place) {
    for (const [name, label] of [['graphics', 'Graphics'], ['threads', 'Threads'], ['count', 'Particles'], ['step', 'Step'], ['steps', 'Steps/s'],
      ['frames', 'Frames/s'], ['energy', 'Energy'], ['share', 'Page thread']]) {
      const cell = place.appendChild(document.createElement('span'));
      cell.className = 'cell';
      cell.dataset.name = name;
      const head = cell.appendChild(document.createElement('span'));
      head.className = 'label';
      head.textContent = label;
      this.#cells.set(name, cell.appendChild(document.createElement('span')));
    }
  }

  /** @param {string} name @param {string} text @param {string} [title] */
  #put(name, text, title = '') {
    const cell = this.#cells.get(name);
    if (!cell || (cell.textContent === text && cell.title === title)) return;
    cell.textContent = text;
    cell.title = title;
  }

  /** @param {import('./gpu.js').View | undefined} view @param {number} restarts */
  showGraphics(view, restarts) {
    const again = restarts > 0 ? `; restarted ${restarts} times` : '';
    const name = view?.backend === '2D' ? '2D preview' : (view?.backend ?? 'starting');
    this.#put('graphics', view?.adapter && view.backend !== '2D' ? `${name} · ${view.adapter}` : name, `${view?.adapter ?? ''}${again}`);
  }

  /** A new simulation, or a new beginning: energy is measured from here. @param {Simulation} simulation */
  follow(simulation) {
    this.#simulation = simulation;
    this.rebase();
    this.#put('threads', simulation.isolated ? String(simulation.threads) : '1 · not isolated', simulation.threadsReason);
    this.#put('count', count(simulation.count));
    this.#put('step', count(simulation.stepsDone));
    this.#put('energy', '…');
    // The first energy is that of the beginning.
    this.#diagnose(simulation);
  }

  /** Measures energy drift from now: parameters changed. */
  rebase() {
    this.#reference = undefined;
    this.#diagnosedStep = -1;
    this.#diagnosedAt = -Infinity;
  }

  /** @param {import('./view-loop.js').Rates} rates @param {boolean} playing */
  showRates({ steps, frames, share }, playing) {
    const simulation = this.#simulation;
    if (!simulation) return;
    this.#put('step', count(simulation.stepsDone), `simulated time ${quantity(simulation.time)}`);
    this.#put('steps', playing ? rate(steps) : 'paused');
    this.#put('frames', rate(frames));
    this.#put('share', `${(share * 100).toFixed(1)} %`, `of the page thread's time goes into uploads, drawing calls${simulation.isolated ? '' : ', and physics'}`);
    this.#diagnose(simulation);
  }

  /** @param {Simulation} simulation */
  async #diagnose(simulation) {
    const now = performance.now();
    if (now - this.#diagnosedAt < DIAGNOSE_EVERY_MS || simulation.stepsDone === this.#diagnosedStep) return;
    this.#diagnosedAt = Infinity;
    try {
      const { kinetic, potential, temperature, alive, step } = await simulation.diagnostics();
      if (simulation !== this.#simulation) return;
      this.#diagnosedStep = step;
      this.#diagnosedAt = performance.now();
      this.#put('count', count(alive));
      this.#showEnergy(conserves(simulation), kinetic + potential, `kinetic ${quantity(kinetic)}, potential ${quantity(potential)}, temperature ${quantity(temperature)}`);
    } catch {
      // The run has ended or is starting again; the next second asks once more.
      this.#diagnosedAt = performance.now();
    }
  }

  /** @param {boolean} kept @param {number} total @param {string} title */
  #showEnergy(kept, total, title) {
    if (!kept) return this.#put('energy', quantity(total), title);
    this.#reference ??= total;
    const drift = (total - this.#reference) / (Math.abs(this.#reference) || 1);
    this.#put('energy', `drift ${drift === 0 ? '0' : drift.toExponential(1)}`, `total ${quantity(total)}; ${title}`);
  }
}
