// Measures every way at every size, each in a browser started for it alone: `node bridge.mjs ROUNDS`, with MOTES_BROWSER and MOTES_ISOLATED
// as browser tests have them. Prints a line of JSON about browser and machine, and one for each measurement.
//
// Peak memory is the system's: Linux keeps the most that each process ever had resident (VmHWM) and begins anew when told. What the process
// that grew most grew by is the page's: its threads share one process.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { browserName, launch, origins } from '../tests/browser/support.mjs';
import { SIZES } from './bridge.js';
import { WAYS } from './ways.js';

const rounds = Number(process.argv[2] ?? 1);

/** The processes below this one, itself included. @param {number} root */
async function family(root) {
  const all = (await readdir('/proc')).map(Number).filter((id) => id > 0);
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const id of all) {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
    parents.set(id, Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ', 1)[0]));
  }
  const within = (/** @type {number | undefined} */ id) => {
    for (; id; id = parents.get(id)) if (id === root) return true;
    return false;
  };
  return all.filter(within);
}

/** Resident bytes of a process, now or at most. @param {number} id @param {'VmRSS' | 'VmHWM'} which */
async function resident(id, which) {
  const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
  return 1024 * Number(new RegExp(`${which}:\\s*(\\d+) kB`).exec(status)?.[1] ?? 0);
}

/** Begins to watch; the answer tells by how many bytes one of the processes grew at most. @param {number} root */
async function watch(root) {
  /** @type {Map<number, number>} */
  const before = new Map();
  for (const id of await family(root)) {
    await writeFile(`/proc/${id}/clear_refs`, '5').catch(() => {});
    before.set(id, await resident(id, 'VmRSS'));
  }
  return async () => Math.max(...(await Promise.all([...before].map(async ([id, bytes]) => (await resident(id, 'VmHWM')) - bytes))));
}

/** One measurement in a browser of its own. @param {string} way @param {number} size */
async function once(way, size) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${origins.isolated}/web/bench/bridge.html`);
    const peak = await watch(browser.process()?.pid ?? 0);
    const answer = await page.evaluate(async (way, size) => {
      const { measure, SIZES } = await import(new URL('/web/bench/bridge.js', location.href).href);
      return { bytes: SIZES[size].bytes, .../** @type {import('./bridge.js').Measured} */ (await measure(way, SIZES[size].bytes, SIZES[size].frames)) };
    }, way, size);
    return { way, title: WAYS[way].title, ...answer, peak: await peak() };
  } finally {
    await browser.close();
  }
}

const browser = await launch();
console.log(JSON.stringify({ browser: await browser.version(), processor: cpus()[0].model, processors: cpus().length, date: new Date().toISOString().slice(0, 10) }));
await browser.close();
for (let round = 0; round < rounds; round++) {
  for (let size = 0; size < SIZES.length; size++) {
    for (const way of Object.keys(WAYS)) console.log(JSON.stringify(await once(way, size)));
  }
  console.error(`${browserName}: round ${round + 1} of ${rounds}`);
}
