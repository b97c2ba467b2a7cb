// Times steps of a scene in Node: `node steps.mjs DIST SCENE STEPS THREADS REPEAT [PLUG-IN...]` prints seconds of each repetition, one a line.
// Compiled code gets a first stretch of steps to warm up, as a page would have had. A frame for the reader is not counted, since a native
// run makes none.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, scene, steps, threads, repeat, ...files] = process.argv.slice(2);
const base = pathToFileURL(`${dist}/`);
const { createSimulation } = await import(new URL('web/simulation.js', base).href);
const text = await readFile(scene, 'utf8');
const plugIns = await Promise.all(files.map(async (file) => ({ file: basename(file), bytes: new Uint8Array(await readFile(file)) })));
const simulation = await createSimulation({ scene: text, plugIns, threads: Number(threads), baseUrl: base });
await simulation.step(Number(steps));
for (let k = 0; k < Number(repeat); k++) {
  await simulation.reset();
  // The first steps of a plug-in are its trial.
  if (files.length > 0) await simulation.step(10);
  const begun = performance.now();
  await simulation.step(Number(steps));
  const stepped = performance.now();
  await simulation.step(0); // Publishes a frame, as every call does, and nothing else.
  console.log((2 * stepped - begun - performance.now()) / 1000);
}
console.log(`hash 0x${(await simulation.hash()).toString(16).padStart(16, '0')}`);
simulation.dispose();
