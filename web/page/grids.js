// Data of plug-ins to draw on, below the parameters: what is drawn goes into the very numbers that the plug-in reads, between two steps.

/** Height that a stroke adds where it is thickest, and its breadth in points. */
const STROKE = { height: 0.08, breadth: 2.5 };
/** Milliseconds between two times that strokes are written: each is a moment that a recorder must keep. */
const PAUSE = 200;
/** Milliseconds between two looks at numbers that somebody else may write. */
const EVERY = 400;

/** What was drawn, by plug-in and grid: a reset and another scene get it back. @type {Map<string, Float32Array>} */
const drawings = new Map();

/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/** @typedef {{symbol: string, columns: number, rows: number, doc: string}} Grid */

/** A drawing is one of a grid's size: another build of a plug-in may have another. @param {string} file @param {Grid} grid */
const keyOf = (file, { symbol, columns, rows }) => `${file} ${symbol} ${columns}x${rows}`;

/**
 * Shows the grids of all plug-ins; nothing where there are none.
 * @param {HTMLElement} place the panel
 * @param {import('../simulation.js').Simulation} simulation
 */
export function showGrids(place, simulation) {
  clearInterval(timer);
  const pads = simulation.plugIns.flatMap(({ name, file, symbols, grids }) => grids.map((grid) => new Pad(simulation, keyOf(file, grid), symbols[grid.symbol], grid, name)));
  if (pads.length === 0) return;
  for (const pad of pads) place.prepend(pad.element);
  void drawAgain(simulation);
  timer = setInterval(() => pads.forEach((pad) => pad.show()), EVERY);
}

/** Draws once more what was drawn before a reset, or in another run. @param {import('../simulation.js').Simulation} simulation */
export async function drawAgain(simulation) {
  const known = simulation.plugIns.flatMap(({ file, symbols, grids }) => grids.map((grid) => ({ at: symbols[grid.symbol], drawing: drawings.get(keyOf(file, grid)) })));
  for (const { at, drawing } of known) if (drawing) await write(simulation, at, drawing);
}

/** Between two steps, as a state to come back to. @param {import('../simulation.js').Simulation} simulation @param {number} at @param {Float32Array} numbers */
async function write(simulation, at, numbers) {
  await simulation.between(async () => new Float32Array(simulation.memory.buffer, at, numbers.length).set(numbers));
  await simulation.checkpoint();
}

class Pad {
  element = document.createElement('details');
  #canvas = document.createElement('canvas');
  #writing = false;
  #waiting = false;

  /**
   * @param {import('../simulation.js').Simulation} simulation
   * @param {string} key
   * @param {number} at address of the numbers
   * @param {Grid} grid
   * @param {string} name
   */
  constructor(simulation, key, at, grid, name) {
    this.simulation = simulation;
    this.key = key;
    this.at = at;
    this.grid = grid;
    this.element.open = true;
    this.element.dataset.group = `grid ${grid.symbol}`;
    this.element.appendChild(document.createElement('summary')).textContent = `Draw · ${name}`;
    this.#canvas.width = grid.columns;
    this.#canvas.height = grid.rows;
    this.#canvas.className = 'pad';
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.title = `${grid.doc} Draw to raise, with Shift to lower; Delete clears.`;
    this.#canvas.setAttribute('aria-label', `${name}: ${this.#canvas.title}`);
    this.#canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#canvas.hasPointerCapture(event.pointerId) && this.#follow(event));
    this.#canvas.addEventListener('keydown', (event) => ['Delete', 'Backspace'].includes(event.key) && this.#clear(event));
    this.element.append(this.#canvas);
    this.show();
  }

  /** The numbers themselves. */
  get numbers() {
    return new Float32Array(this.simulation.memory.buffer, this.at, this.grid.columns * this.grid.rows);
  }

  /** What is drawn on until the next step sees it. */
  get #drawing() {
    const drawing = drawings.get(this.key) ?? Float32Array.from(this.numbers);
    drawings.set(this.key, drawing);
    return drawing;
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    event.preventDefault();
    // Where it is now, whoever wrote it: a rewind may have brought other numbers back.
    if (!this.#writing) drawings.set(this.key, Float32Array.from(this.numbers));
    this.#canvas.setPointerCapture(event.pointerId);
    this.#canvas.focus();
    this.#stroke(event);
  }

  /** Fast movements come as one event with several places. @param {PointerEvent} event */
  #follow(event) {
    const places = event.getCoalescedEvents();
    for (const place of places.length > 0 ? places : [event]) this.#stroke(place);
  }

  /** @param {PointerEvent} event */
  #stroke({ clientX, clientY, shiftKey }) {
    const box = this.#canvas.getBoundingClientRect();
    const { columns, rows } = this.grid;
    const x = ((clientX - box.left) / box.width) * columns - 0.5;
    const y = (1 - (clientY - box.top) / box.height) * rows - 0.5;
    const drawing = this.#drawing;
    for (let k = 0; k < drawing.length; k++) {
      const square = ((k % columns) - x) ** 2 + (Math.floor(k / columns) - y) ** 2;
      if (square > 16 * STROKE.breadth ** 2) continue;
      drawing[k] = Math.min(1, Math.max(-1, drawing[k] + (shiftKey ? -1 : 1) * STROKE.height * Math.exp(-square / (2 * STROKE.breadth ** 2))));
    }
    void this.#write();
  }

  /** @param {KeyboardEvent} event */
  #clear(event) {
    event.preventDefault();
    this.#drawing.fill(0);
    void this.#write();
  }

  /** Strokes that come while one is being written, and shortly after, are written together. */
  async #write() {
    this.#waiting = true;
    this.#paint(this.#drawing);
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting) {
      this.#waiting = false;
      await write(this.simulation, this.at, this.#drawing).catch((error) => {
        // Another run may have taken this one's place meanwhile, and has another pad.
        if (this.element.isConnected) throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    this.#writing = false;
  }

  /** Shows what the numbers are, whoever wrote them. */
  show() {
    if (!this.#writing) this.#paint(this.numbers);
  }

  /** Heights in warm, depths in cool colours. @param {Float32Array} numbers */
  #paint(numbers) {
    const { columns, rows } = this.grid;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    const image = context.createImageData(columns, rows);
    numbers.forEach((height, k) => {
      const at = 4 * ((rows - 1 - Math.floor(k / columns)) * columns + (k % columns));
      const [up, down] = [Math.min(1, Math.max(0, height)), Math.min(1, Math.max(0, -height))];
      image.data.set([255 * up + 40 * down, 160 * up + 130 * down, 30 * up + 255 * down, 255], at);
    });
    context.putImageData(image, 0, 0);
  }
}
