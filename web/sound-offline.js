// The sound of a run without a loudspeaker: rendered in step with it, the same samples bit for bit as natively.
//
//   const { left, right } = await renderSound(simulation, { steps: 2000, factor: 1 });

import { Chain } from './sound-chain.js';
import { QUANTUM } from './sound-layout.js';
import { openRoom } from './sound-room.js';

/**
 * Runs steps and renders what they sound like.
 * @param {import('./simulation.js').Simulation} simulation
 * @param {{steps: number, every?: number, rate?: number, heard?: number, effects?: (URL | string | Uint8Array)[]} & import('./sound-room.js').Settings} options
 *   `every` steps between two looks at the particles, 1 unless told; `rate` frames a second, 48,000 unless told; `effects` are paths of modules
 * @returns {Promise<{left: Float32Array, right: Float32Array, rate: number, stats: import('./sound-room.js').Stats, failed: string[]}>}
 */
export async function renderSound(simulation, { steps, every = 1, rate = 48_000, heard, effects, ...settings }) {
  if (settings.factor === 0) throw new RangeError('factor takes a number greater than 0: offline there is no pace to follow');
  const room = await openRoom(simulation, { rate, heard, effects });
  try {
    room.set(settings);
    return await render(simulation, room, { steps, every, rate });
  } finally {
    simulation.release(room.at);
  }
}

/**
 * @param {import('./simulation.js').Simulation} simulation
 * @param {import('./sound-room.js').SoundRoom} room
 * @param {{steps: number, every: number, rate: number}} options
 */
async function render(simulation, room, { steps, every, rate }) {
  const chain = new Chain({ memory: simulation.memory, modules: room.modules, room: room.at, rate, effects: room.effects });
  /** @type {[Float32Array[], Float32Array[]]} */
  const sides = [[], []];
  await simulation.between(async () => room.listen());
  for (let left = steps; left > 0; left -= every) {
    await simulation.step(Math.min(every, left));
    room.listen();
    while (chain.ready()) {
      chain.next();
      sides[0].push(chain.left.slice());
      sides[1].push(chain.right.slice());
    }
  }
  const [left, right] = sides.map(joined);
  return { left, right, rate, stats: room.stats, failed: chain.failed };
}

/** @param {Float32Array[]} quanta */
function joined(quanta) {
  const all = new Float32Array(quanta.length * QUANTUM);
  quanta.forEach((quantum, k) => all.set(quantum, k * QUANTUM));
  return all;
}
