// recorder.wasm on a thread of its own, so that the page's thread does not wait while a frame is compressed.

import { listen } from './platform.js';
import { instantiateRecorder } from './recorder-module.js';

/** @type {import('./recorder-module.js').Functions | undefined} */
let functions;

const post = await listen(async ({ id, start, name, args }) => {
  try {
    if (start) functions = await instantiateRecorder(start.memory, start.module);
    post({ id, value: start ? 0 : functions?.[name](...args) });
  } catch (error) {
    post({ id, error: String(error) });
  }
});
post({ id: 0 });
