// Particles that join a run: same bits on any number of threads and whether the memory has to grow or not; readers on other threads that
// never see what is not so; refusals that cost no bit.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { attach } from '../../recorder.js';
import { FRAME_DESCRIPTOR, HEADER, MAP } from '../../layout.js';
import { SimulationFault } from '../../simulation.js';
import { baseUrl, full, shown, start, withLeast } from './support.mjs';

/** Places above the marbles' spheres, 0.3 apart. @param {number} count @param {number} [height] */
const above = (count, height = 8) => Float32Array.from({ length: 3 * count }, (_, k) => (k % 3 === 1 ? height : 0.3 * (Math.floor(k / 3) % 10) - 1.5));

const marbles = { overrides: ['fill[0].count=400'] };

for (const [name, options, position] of /** @type {[string, object, Float32Array][]} */ ([
  ['marbles', marbles, above(40)],
  ['fountain', {}, above(5, 2)],
  ['crystal', {}, Float32Array.of(0.4, 0.4, 0.4)],
])) {
  test(`${name}: a memory that was large enough and one that grows come to the same hash on 1 and 4 threads`, async (context) => {
    const hashes = new Set();
    for (const way of [{ threads: 1 }, { threads: 4 }, { threads: 2, reserve: 64 << 20 }, { shared: false }]) {
      const simulation = await start(name, { ...options, ...way });
      context.after(() => simulation.dispose());
      const bytes = simulation.memory.buffer.byteLength;
      const [before, first] = [simulation.count, simulation.fields.position];
      await simulation.step(20);
      assert.equal(await simulation.add({ position }), before, 'ids go on');
      assert.equal(simulation.count, before + position.length / 3);
      assert.equal(simulation.memory.buffer.byteLength > bytes, !('reserve' in way), 'the memory grew where it had to');
      assert.ok(simulation.fields.position !== first && simulation.fields.position.length === 3 * simulation.count, 'views are others');
      await simulation.step(20);
      hashes.add(await simulation.hash());
    }
    assert.equal(hashes.size, 1);
  });
}

test('the native program comes to the same hash, natively and in wasmtime', async (context) => {
  const motes = process.env.MOTES_PROGRAM;
  assert.ok(motes, 'MOTES_PROGRAM names the native program');
  const file = join(await mkdtemp(join(tmpdir(), 'motes-')), 'more.csv');
  const position = above(40);
  await writeFile(file, `x,y,z\n${Array.from({ length: 40 }, (_, k) => [...position.slice(3 * k, 3 * k + 3)].join()).join('\n')}\n`);
  const simulation = await start('marbles', { ...marbles, threads: 2 });
  context.after(() => simulation.dispose());
  await simulation.step(20);
  await simulation.add({ position });
  await simulation.step(20);
  const hash = shown(await simulation.hash());
  for (const engine of [['--engine', 'native', '--threads', '4'], ['--engine', 'wasm', '--threads', '2', '--module', fileURLToPath(new URL('physics-all.wasm', baseUrl))]]) {
    /** @type {string} */
    const out = String(execFileSync(motes, ['run', 'marbles', '--set', 'fill[0].count=400', '--steps', '40', '--add', `${file}@20`, '--hash', ...engine]));
    assert.equal(out.trim().split('\n').at(-1), `hash ${hash}`, engine.join(' '));
  }
});

test('what cannot join is refused with the numbers, and the run is as it was', async (context) => {
  const simulation = await withLeast(() => start('crystal', { threads: 2 }));
  context.after(() => simulation.dispose());
  await simulation.step(10);
  const hash = await simulation.hash();
  const inside = simulation.fields.position.slice(0, 3).map((x) => x + 1e-4);
  /** @type {[import('../../growth.js').Joining, RegExp | ((e: any) => boolean)][]} */
  const cases = [
    [{ position: Float32Array.of(1, 2) }, /2 is no multiple of three/],
    [{ position: Float32Array.of(1, 2, 3, 1, NaN, 2) }, /particle 1 of those to be added has the position y = NaN/],
    [{ position: Float32Array.of(1, 2, 3), velocity: Float32Array.of(0, Infinity, 0) }, /velocity y = inf/],
    [{ position: Float32Array.of(1, 2, 3), species: Uint32Array.of(7) }, /particle 0 .* species 7; the scene has 1/],
    [{ position: new Float32Array(inside) }, (error) => error instanceof SimulationFault],
    [{ position: new Float32Array(3 * 1_000_000) }, /the block would have \d{9,} bytes beside the \d+ that it has: the memory needs \d{9,} bytes and 268435456 are to be had/],
    [{ position: new Float32Array(3 * 12_000_000) }, /12000000 particles more than the 4000 that there are would make 12004000, which need \d{10,} bytes; 4\d{9} bytes are available/],
  ];
  for (const [joining, wanted] of cases) {
    await assert.rejects(simulation.add(joining), wanted);
    assert.equal(await simulation.hash(), hash, String(wanted));
  }
  assert.equal(await simulation.add({ position: new Float32Array(0) }), 4000);
  assert.equal(await simulation.hash(), hash, 'nobody joined');
  await simulation.step(10);
  const undisturbed = await start('crystal', { threads: 1 });
  context.after(() => undisturbed.dispose());
  await undisturbed.step(20);
  assert.equal(await simulation.hash(), await undisturbed.hash());
});

test('a recorded run says why nobody can join, and takes them once it is not recorded', async (context) => {
  const simulation = await start('marbles', { ...marbles, threads: 2 });
  context.after(() => simulation.dispose());
  const recorder = await attach(simulation, { bytes: 1 << 20 });
  await simulation.step(5);
  await assert.rejects(simulation.add({ position: above(1) }), /being recorded.*detach the recorder/);
  await recorder.detach();
  await simulation.add({ position: above(1) });
  const again = await attach(simulation, { bytes: 1 << 20 });
  await simulation.step(5);
  const hash = await simulation.hash();
  await simulation.step(5);
  await again.rewind(10);
  assert.equal(await simulation.hash(), hash, 'what is recorded from then on can be gone back to');
  let stopped = '';
  again.addEventListener('ended', (event) => (stopped = /** @type {CustomEvent} */ (event).detail.message));
  await simulation.reset();
  assert.match(stopped, /begins again without the particles that joined/);
  const room = await simulation.grow(1000);
  await assert.rejects(simulation.add({ position: above(200_000) }), /are kept for it .* release\(\) what grow\(\) gave/);
  simulation.release(room);
  await simulation.add({ position: above(1) });
});

test('a reset leaves behind who joined, and a worker that dies takes nobody along', async (context) => {
  // Enough for helpers to have something to do.
  const many = { overrides: ['fill[0].count=20000'] };
  const [fresh, simulation] = [await start('marbles', { ...many, threads: 2 }), await start('marbles', { ...many, threads: 2, patience: 400 })];
  context.after(() => [fresh, simulation].forEach((s) => s.dispose()));
  let restarts = 0;
  simulation.addEventListener('restarted', () => restarts++);
  await simulation.step(5);
  simulation.killWorker(1);
  await simulation.add({ position: above(30) });
  const joined = await simulation.hash();
  simulation.killWorker(0);
  await simulation.step(7);
  assert.equal(restarts, 2);
  const other = await start('marbles', { ...many, threads: 1 });
  context.after(() => other.dispose());
  await other.step(5);
  await other.add({ position: above(30) });
  assert.equal(await other.hash(), joined);
  await other.step(7);
  assert.equal(await simulation.hash(), await other.hash());
  await simulation.reset();
  assert.equal(simulation.count, 20_000);
  await Promise.all([fresh.step(10), simulation.step(10)]);
  assert.equal(await simulation.hash(), await fresh.hash());
});

test('three readers on other threads see no frame and no array that is not so while particles join', { timeout: 1_800_000 }, async (context) => {
  const joins = full ? 10_000 : 200;
  const simulation = await start('marbles', { overrides: ['fill[0].count=50'], threads: 2, checksums: true });
  context.after(() => simulation.dispose());
  const stop = new SharedArrayBuffer(4);
  const readers = ['frames', 'arrays', 'arrays'].map((kind) => new Worker(new URL('./growth-reader.mjs', import.meta.url), { workerData: { memory: simulation.memory, kind, stop } }));
  const results = readers.map((reader) => new Promise((resolve, reject) => reader.on('message', resolve).on('error', reject)));
  for (let k = 1; k <= joins; k++) {
    await simulation.add({ position: above(1, 5 + (k % 7)) });
    await simulation.step(1);
    // What the recorder or another module may do besides: memory that grows.
    if (k % 10 === 0) simulation.release(await simulation.grow(65_536));
  }
  Atomics.store(new Int32Array(stop), 0, 1);
  const seen = /** @type {any[]} */ (await Promise.all(results));
  seen.forEach(({ wrong, looks }) => assert.deepEqual([wrong.slice(0, 3), looks > 0], [[], true]));
  seen.slice(1).forEach(({ most }) => assert.equal(most, 50 + joins));
  assert.equal(simulation.views.data.getUint32(MAP.BLOCK_BASE + HEADER.generation, true), joins + Math.floor(joins / 10));
  assert.equal(simulation.views.data.getUint32(MAP.BLOCK_BASE + HEADER.frames + FRAME_DESCRIPTOR.BYTES + 4, true) > 50, true);
  context.diagnostic(`${seen.map(({ looks, retried }) => `${looks} looks, ${retried} of them again`).join('; ')}; ${joins} joins`);
});
