// Workers that die, stall and come back, a memory that grows, systems that give less of it: the same state in the end.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createMemory } from '../../host.js';
import { HEADER, MAP } from '../../layout.js';
import { withoutData, withSharedMemory } from '../../module.js';
import { Pool, WorkerDied } from '../../pool.js';
import { createSimulation, SimulationFault } from '../../simulation.js';
import { baseUrl, full, sceneText, start } from './support.mjs';

/** Steps between two looks at the hash. */
const STRIDE = 20;

/** Hashes of the crystal after 20, 40, … steps of a run that nothing disturbs. @param {number} count @param {number} [stride] */
async function undisturbed(count, stride = STRIDE) {
  const simulation = await start('crystal', { threads: 1 });
  const hashes = [];
  for (let k = 0; k < count; k++) {
    await simulation.step(stride);
    hashes.push(await simulation.hash());
  }
  simulation.dispose();
  return hashes;
}

/**
 * A simulation that goes when its test is over, whichever way that ends.
 * @param {import('node:test').TestContext} context
 * @param {string} name
 * @param {import('../../simulation.js').Options} [options]
 */
async function startIn(context, name, options) {
  const simulation = await start(name, options);
  context.after(() => simulation.dispose());
  return simulation;
}

/** Numbers below 1 that are the same in each run (Park & Miller). @param {number} seed */
function random(seed) {
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
}

test('workers that end without a word, at random moments, cost no bit of the state', { timeout: 1_200_000 }, async (context) => {
  const kills = full ? 500 : 50;
  const want = await undisturbed(kills);
  const simulation = await startIn(context, 'crystal', { threads: 3, patience: 400 });
  let restarts = 0;
  simulation.addEventListener('restarted', () => restarts++);
  const draw = random(20_000 + kills);
  for (let k = 0; k < kills; k++) {
    const running = simulation.step(STRIDE);
    const killed = new Promise((resolve) => {
      setTimeout(() => resolve(simulation.killWorker(Math.floor(3 * draw()))), 60 * draw());
    });
    await running;
    await killed;
    assert.equal(await simulation.hash(), want[k], `kill ${k}`);
  }
  assert.ok(restarts >= kills / 2, `${restarts} restarts for ${kills} kills`);
});

test('a dead worker is noticed within three seconds, and the run goes on within one more', async (context) => {
  for (const threads of [1, 2]) {
    const [want] = await undisturbed(1);
    const simulation = await startIn(context, 'crystal', { threads });
    /** @type {string[]} */
    const reasons = [];
    let restartedAt = 0;
    simulation.addEventListener('restarted', (event) => {
      restartedAt = performance.now();
      reasons.push(/** @type {CustomEvent} */ (event).detail.reason);
    });
    simulation.killWorker(threads - 1);
    const killedAt = performance.now();
    await simulation.step(STRIDE);
    assert.ok(restartedAt - killedAt < 4000, `${restartedAt - killedAt} ms from the end of the worker to the new pool`);
    assert.deepEqual(reasons, [`worker ${threads - 1} gave no sign of life for 2500 ms`]);
    assert.equal(await simulation.hash(), want);
    }
});

test('workers that die again while a new pool takes over', async (context) => {
  const want = await undisturbed(3);
  const simulation = await startIn(context, 'crystal', { threads: 2, patience: 400 });
  await simulation.step(STRIDE);
  let left = 2;
  simulation.addEventListener('restarted', () => left-- > 0 && simulation.killWorker(left));
  simulation.killWorker(1);
  await simulation.step(2 * STRIDE);
  assert.ok(left <= 0, 'three pools came and went');
  assert.equal(await simulation.hash(), want[2]);
});

test('any call survives the end of a worker', async (context) => {
  const want = await undisturbed(2);
  const simulation = await startIn(context, 'crystal', { threads: 2, patience: 400 });
  await simulation.step(STRIDE);
  simulation.killWorker(1);
  assert.equal(await simulation.hash(), want[0]);
  simulation.killWorker(0);
  assert.equal((await simulation.diagnostics()).alive, 4000);
  simulation.killWorker(1);
  await simulation.checkpoint();
  simulation.killWorker(0);
  await simulation.step(STRIDE);
  assert.equal(await simulation.hash(), want[1]);
  simulation.killWorker(1);
  await simulation.reset();
  await simulation.step(STRIDE);
  assert.equal(await simulation.hash(), want[0]);
});

test('a call that traps ends the pool and says so', async () => {
  const compile = async (/** @type {string} */ file) => withSharedMemory(new Uint8Array(await readFile(new URL(file, baseUrl))));
  const physics = await compile('physics.wasm');
  const module = (/** @type {Uint8Array} */ bytes) => new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  const pool = new Pool(createMemory(1 << 20, true), 2, 1000);
  await pool.start({ sync: module(await compile('sync.wasm')), first: module(physics), others: module(withoutData(physics)) });
  await assert.rejects(pool.call('motes_no_such_call', 2), WorkerDied);
  await assert.rejects(pool.call('motes_hash', 2), /the pool has ended/);
  await pool.stopped();
});

test('a module without the scene\'s model refuses it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'motes-'));
  try {
    await cp(fileURLToPath(baseUrl), folder, { recursive: true, filter: (source) => !/web$|app-/.test(source) || source === fileURLToPath(baseUrl) });
    await cp(join(folder, 'physics.wasm'), join(folder, 'physics-all.wasm'));
    const begun = createSimulation({ baseUrl: pathToFileURL(`${folder}/`), scene: await sceneText('plasma'), threads: 2 });
    await assert.rejects(begun, (fault) => fault instanceof SimulationFault && fault.status === 'MISSING_MODEL' && /physics-all\.wasm/.test(fault.message));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('wake-ups that are lost cost time and nothing else', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'motes-'));
  try {
    await cp(fileURLToPath(baseUrl), folder, { recursive: true, filter: (source) => !/web$|app-/.test(source) || source === fileURLToPath(baseUrl) });
    await writeFile(join(folder, 'sync.wasm'), withoutNotify(await readFile(new URL('sync.wasm', baseUrl))));
    const want = await undisturbed(3, 2);
    const simulation = await createSimulation({ baseUrl: pathToFileURL(`${folder}/`), scene: await sceneText('crystal'), threads: 3 });
    context.after(() => simulation.dispose());
    simulation.addEventListener('restarted', () => assert.fail('nobody died'));
    for (let k = 0; k < 3; k++) {
      // Long enough for all helpers to be asleep.
      await new Promise((resolve) => setTimeout(resolve, 150));
      const begun = performance.now();
      await simulation.step(1);
      assert.ok(performance.now() - begun < 3000, `step ${k} took ${performance.now() - begun} ms`);
      await simulation.step(1);
      assert.equal(await simulation.hash(), want[k]);
    }
    } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** `memory.atomic.notify` becomes `drop drop i32.const 0`: nobody is woken. @param {Uint8Array} bytes */
function withoutNotify(bytes) {
  const copy = Uint8Array.from(bytes);
  const at = copy.findIndex((_, i) => copy[i] === 0xfe && copy[i + 1] === 0x00 && copy[i + 2] === 0x02 && copy[i + 3] === 0x00);
  assert.ok(at > 0, 'sync.wasm has a notify instruction');
  copy.set([0x1a, 0x1a, 0x41, 0x00], at);
  return copy;
}

for (const shared of [true, false]) {
  test(`a memory that grows between steps, ${shared ? 'shared' : 'ordinary'}: no stale view`, { timeout: 600_000 }, async (context) => {
    const growths = full ? 10_000 : 300;
    const simulation = await startIn(context, 'marbles', { threads: 2, shared, overrides: ['fill[0].count=300'] });
    const first = simulation.fields.position;
    let last = 0;
    const header = (/** @type {number} */ offset) => new DataView(simulation.memory.buffer).getUint32(MAP.BLOCK_BASE + offset, true);
    for (let k = 1; k <= growths; k++) {
      const before = simulation.memory.buffer.byteLength;
      const [address] = await Promise.all([simulation.grow(65_536), simulation.step(1)]);
      const { byteLength } = simulation.memory.buffer;
      assert.ok(byteLength > before && address >= last + 65_536 && address + 65_536 <= byteLength, 'the memory has grown, and rooms have no byte in common');
      last = address;
      assert.equal(header(HEADER.generation), k);
      const { position, velocity } = simulation.fields;
      assert.equal(position.buffer, simulation.memory.buffer, 'views look into the memory that is');
      // Canary at the tail: what one view writes, a view made now reads.
      new Float32Array(simulation.memory.buffer, velocity.byteOffset, velocity.length)[velocity.length - 1] = k;
      assert.equal(velocity[velocity.length - 1], k);
      const frame = simulation.takeFrame();
      assert.equal(frame?.step, k, 'the frame of this very step');
      new Float32Array(simulation.memory.buffer, frame.byteOffset, frame.particleCount * 4);
      new Uint8Array(simulation.memory.buffer)[address + 65_535] = 1;
    }
    // An old view of ordinary memory is detached; one of shared memory stays, and sees the same bytes.
    assert.equal(first.length, shared ? 900 : 0);
    if (shared) assert.deepEqual(first, simulation.fields.position);
    });
}

test('a memory that cannot grow says so and goes on', async (context) => {
  const simulation = await startIn(context, 'marbles', { threads: 2, overrides: ['fill[0].count=300'] });
  await assert.rejects(simulation.grow(2 ** 40), /cannot grow by 1099\d{9}/);
  await simulation.step(3);
  assert.equal(simulation.stepsDone, 3);
});

test('systems that refuse large memories get smaller ones, down to 256 MiB', () => {
  const real = WebAssembly.Memory;
  const mebibytes = (/** @type {number} */ pages) => pages / 16;
  for (const limit of [4096, 2048, 1024, 512, 256, 128]) {
    /** @type {number[]} */
    const asked = [];
    // @ts-expect-error a stand-in for the constructor
    WebAssembly.Memory = class {
      constructor(/** @type {WebAssembly.MemoryDescriptor} */ { maximum = 0 }) {
        asked.push(mebibytes(maximum));
        if (mebibytes(maximum) > limit) throw new RangeError('could not allocate memory');
        this.maximum = maximum;
      }
    };
    try {
      const begun = performance.now();
      if (limit === 128) {
        assert.throws(() => createMemory(1 << 20, true), new RegExp(`needs ${2 ** 20 + MAP.BLOCK_BASE} bytes of memory and 0 are to be had`));
      } else {
        const memory = /** @type {any} */ (createMemory(1 << 20, true));
        assert.equal(mebibytes(memory.maximum), limit);
        const tries = asked.length;
        assert.throws(() => createMemory(limit * 2 ** 20, true), new RegExp(`needs ${limit * 2 ** 20 + MAP.BLOCK_BASE} bytes of memory and ${limit * 2 ** 20} are to be had`));
        asked.length = tries;
      }
      assert.deepEqual(asked.slice(0, 5), [4096, 2048, 1024, 512, 256].filter((maximum) => maximum >= limit), 'the largest first');
      assert.ok(performance.now() - begun < 200);
    } finally {
      WebAssembly.Memory = real;
    }
  }
});
