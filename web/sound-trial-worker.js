// A worker that has effects change frames on memory that nobody else sees, and tells which of them it is in.

import { MAP } from './layout.js';
import { createMemory } from './host.js';
import { instantiateEffect } from './sound-chain.js';
import { EFFECT_BYTES, QUANTUM } from './sound-layout.js';
import { listen } from './platform.js';

const SIDES = [MAP.BLOCK_BASE, MAP.BLOCK_BASE + 4 * QUANTUM];
const AREAS = MAP.BLOCK_BASE + 8 * QUANTUM;

const post = await listen(({ effects, rate, quanta }) => {
  const memory = createMemory(8 * QUANTUM + effects.length * EFFECT_BYTES, false);
  effects.forEach((/** @type {import('./sound-chain.js').Effect} */ effect, /** @type {number} */ number) => {
    post({ kind: 'entered', number });
    // A trap is for the sound to tell of.
    try {
      const process = instantiateEffect(memory, { ...effect, area: AREAS + number * EFFECT_BYTES });
      for (let quantum = 0; quantum < quanta; quantum++) {
        for (const side of SIDES) new Float32Array(memory.buffer, side, QUANTUM).forEach((_, k, frames) => (frames[k] = 0.5 * Math.sin(0.06 * (quantum * QUANTUM + k))));
        process(SIDES[0], SIDES[1], QUANTUM, rate);
      }
    } catch {}
  });
  post({ kind: 'done' });
});
post({ kind: 'loaded' });
