// Keys for everything. Controls keep the keys that are theirs.

import { move } from './camera-input.js';

/** Pixels of dragging that an arrow key stands for. */
const ARROW = 24;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-ARROW, 0], ArrowRight: [ARROW, 0], ArrowUp: [0, -ARROW], ArrowDown: [0, ARROW] });

/** @typedef {{togglePlay: () => void, step: () => void, back: () => void, reset: () => void, help: () => void, recenter: () => void, togglePanel: () => void}} Commands */

/** Whether a control under the focus wants this key itself. @param {KeyboardEvent} event */
function taken(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest('dialog, select, textarea')) return true;
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' || event.key === ' ';
  return event.key === ' ' && target.closest('button, summary') !== null;
}

/**
 * @param {import('./stage.js').Stage} stage
 * @param {Commands} commands
 */
export function listenToKeys(stage, commands) {
  const table = /** @type {Record<string, () => void>} */ ({
    ' ': commands.togglePlay,
    '.': commands.step,
    ',': commands.back,
    r: commands.reset,
    p: commands.togglePanel,
    '?': commands.help,
    Home: commands.recenter,
    '+': () => stage.adjust((view) => view.dolly(0.9)),
    '=': () => stage.adjust((view) => view.dolly(0.9)),
    '-': () => stage.adjust((view) => view.dolly(1 / 0.9)),
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || taken(event)) return;
    const arrow = ARROWS[event.key];
    const run = arrow ? () => move(stage, event.shiftKey, ...arrow) : table[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run || (event.repeat && !arrow && !'+-='.includes(event.key))) return;
    event.preventDefault();
    run();
  });
}
