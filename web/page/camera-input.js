// Pointer, touch and wheel on the picture. Listens on the stage, which outlives any one canvas.

/** Wheel: this many pixels of scrolling come nearer by a factor of e. */
const WHEEL_PIXELS = 600;
const LINE_PIXELS = 16;

/** @typedef {{x: number, y: number}} Point */

/** @param {Point[]} points */
function spread([a, b]) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
}

/**
 * @param {HTMLElement} place
 * @param {import('./stage.js').Stage} stage
 */
export function listenToPointers(place, stage) {
  /** @type {Map<number, Point>} */
  const pointers = new Map();

  place.addEventListener('pointerdown', (event) => {
    if (pointers.size >= 2) return;
    place.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    place.classList.add('dragging');
  });

  place.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (pointers.size === 2) pinch([...pointers.values()], () => pointers.set(event.pointerId, now), pointers, stage);
    else {
      const sideways = event.shiftKey || (event.buttons & 6) !== 0;
      move(stage, sideways, now.x - before.x, now.y - before.y);
      pointers.set(event.pointerId, now);
    }
  });

  const release = (/** @type {PointerEvent} */ event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) place.classList.remove('dragging');
  };
  place.addEventListener('pointerup', release);
  place.addEventListener('pointercancel', release);
  place.addEventListener('lostpointercapture', release);
  place.addEventListener('contextmenu', (event) => event.preventDefault());
  // Not passive: the page itself must not scroll or zoom.
  place.addEventListener('wheel', (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE_PIXELS : event.deltaMode === 2 ? place.clientHeight : 1;
    // A pinch on a touchpad comes as a wheel with the control key and small steps.
    const gain = event.ctrlKey ? 6 : 1;
    stage.adjust((view) => view.dolly(Math.exp(Math.max(-1, Math.min(1, (event.deltaY * unit * gain) / WHEEL_PIXELS)))));
  }, { passive: false });
}

/**
 * Turns or moves by pixels of the page.
 * @param {import('./stage.js').Stage} stage @param {boolean} sideways @param {number} dx @param {number} dy
 */
export function move(stage, sideways, dx, dy) {
  stage.adjust((view) => (sideways ? view.pan(dx * stage.pixelRatio, dy * stage.pixelRatio) : view.orbit(dx, dy)));
}

/** @param {Point[]} before @param {() => void} update @param {Map<number, Point>} pointers @param {import('./stage.js').Stage} stage */
function pinch(before, update, pointers, stage) {
  const old = spread(before);
  update();
  const now = spread([...pointers.values()]);
  move(stage, true, now.x - old.x, now.y - old.y);
  if (old.apart > 8 && now.apart > 8) stage.adjust((view) => view.dolly(old.apart / now.apart));
}
