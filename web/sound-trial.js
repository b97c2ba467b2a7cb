// Nobody can end a loop in the audio thread. So effects are tried before they may begin: a worker has them change some frames, on memory of its
// own. One that traps shows in the sound itself, and is left out there.

import { withinTime } from './deadline.js';

/** Milliseconds that a quantum may take: a thousand times what it lasts. */
const PATIENCE = 2500;
/** Quanta of a trial. */
const QUANTA = 32;

/**
 * @param {{name: string, bytes: Uint8Array, tableSlots: number}[]} effects
 * @param {number} rate frames a second
 * @returns {Promise<void>}
 * @throws {Error} that names the effect that did not come back
 */
export async function tryEffects(effects, rate) {
  if (effects.length === 0) return;
  const modules = await Promise.all(effects.map(({ bytes }) => WebAssembly.compile(/** @type {BufferSource} */ (bytes))));
  const trial = { effects: effects.map(({ name, tableSlots }, k) => ({ name, tableSlots, module: modules[k] })), rate, quanta: QUANTA };
  await withinTime(new URL('./sound-trial-worker.js', import.meta.url), trial, [], PATIENCE, (number) => new Error(`${effects[number].name}: it took longer than ${PATIENCE} ms`));
}
