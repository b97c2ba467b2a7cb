// The listener of the sound on a thread of its own, so that the page's thread does not look at particles.

import { instantiateSound } from './sound-chain.js';
import { MAP } from './layout.js';
import { listen } from './platform.js';

/** @type {import('./sound-chain.js').Functions | undefined} */
let sound;
let room = 0;

const post = await listen(({ id, start, anew }) => {
  try {
    if (start) {
      sound = instantiateSound(start.memory, start.modules, 0);
      room = start.room;
    } else if (anew !== undefined) sound?.sound_listen(MAP.BLOCK_BASE, room, anew);
    post({ id });
  } catch (error) {
    post({ id, error: String(error) });
  }
});
post({ id: 0 });
