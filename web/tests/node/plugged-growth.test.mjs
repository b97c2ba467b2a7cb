// Particles that join a run with plug-ins: their data stay where they are, and go on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSimulation } from '../../simulation.js';
import { renderSound } from '../../sound-offline.js';
import { baseUrl, shown, withLeast } from './support.mjs';
import { CROWD, SCENE, WAYS, draw, folder, sources, start } from './plugged.mjs';

const POSITION = Float32Array.from({ length: 120 }, (_, k) => 0.02 * k - 1.2);

test('what was drawn stays, measured is who joined, and all threads come to one hash', async () => {
  const hashes = new Set();
  for (const options of [...WAYS, { threads: 2, reserve: 64 << 20 }]) {
    const simulation = await start(CROWD, ['vortex', 'drawn', 'measure'], { overrides: ['plug-in[1].strength=20'], ...options });
    await simulation.step(10);
    draw(simulation, 1);
    await simulation.step(10);
    const { symbols } = simulation.plugIns[1];
    assert.equal(await simulation.add({ position: POSITION }), 20_000);
    await simulation.add({ position: POSITION });
    assert.deepEqual(simulation.plugIns[1].symbols, symbols, 'data stay where they are');
    await simulation.step(20);
    assert.deepEqual(simulation.plugIns.map((plugIn) => plugIn.stopped), [undefined, undefined, undefined]);
    const { position } = simulation.fields;
    let height = 0;
    for (let k = 1; k < position.length; k += 3) height += position[k] / simulation.count;
    assert.ok(simulation.count === 20_080 && Math.abs(simulation.plugIns[2].outputs.height - height) < 1e-6);
    hashes.add(await simulation.hash());
    await simulation.reset();
    assert.equal(simulation.count, 20_000);
    await simulation.step(5);
    simulation.dispose();
  }
  assert.equal(hashes.size, 1, [...hashes].join());
});

test('a reset leaves behind who joined, and data are those that the modules came with', async () => {
  const [fresh, simulation] = await Promise.all([start(SCENE, ['vortex', 'drawn'], { threads: 1 }), start(SCENE, ['vortex', 'drawn'], { threads: 2 })]);
  draw(simulation, 1);
  await simulation.add({ position: POSITION });
  await simulation.step(10);
  await simulation.reset();
  await Promise.all([fresh.step(30), simulation.step(30)]);
  assert.equal(await simulation.hash(), await fresh.hash());
  [fresh, simulation].forEach((s) => s.dispose());
});

test('beyond what was kept for it the block does not grow, and the run goes on', async () => {
  const simulation = await start(SCENE, ['vortex'], { threads: 2, reserve: 4096 });
  await simulation.step(10);
  await assert.rejects(simulation.add({ position: POSITION }), /^RangeError: the block would have \d+ bytes, and \d+ are kept for it .* begin with more `reserve`/);
  await simulation.step(10);
  const undisturbed = await start(SCENE, ['vortex'], { threads: 1 });
  await undisturbed.step(20);
  assert.equal(await simulation.hash(), await undisturbed.hash());
  [undisturbed, simulation].forEach((s) => s.dispose());
});

test('a system without room for the reserve runs the scene without it', async () => {
  const simulation = await withLeast(() => start(SCENE, ['vortex'], { threads: 1, reserve: 300 << 20 }));
  await simulation.step(5);
  assert.ok(simulation.memory.buffer.byteLength < 64 << 20);
  simulation.dispose();
});

test('a plug-in that fails over who is to join keeps them out, by name, and goes on as it was', async () => {
  for (const options of WAYS) {
    const simulation = await start(SCENE, ['bad-crowd', 'drawn'], options);
    await simulation.step(10);
    await assert.rejects(simulation.add({ position: POSITION }), /^Error: bad-crowd\.wasm: .*unreachable/);
    assert.equal(simulation.count, 500);
    await simulation.step(10);
    assert.equal(simulation.plugIns[0].stopped, undefined);
    const undisturbed = await start(SCENE, ['drawn'], { threads: 1 });
    await undisturbed.step(20);
    assert.equal(await simulation.hash(), await undisturbed.hash());
    [undisturbed, simulation].forEach((s) => s.dispose());
  }
});

for (const name of ['trap', 'header']) {
  test(`bad-${name} is switched off after particles have joined as before`, async () => {
    const run = async (/** @type {string[]} */ names) => {
      const simulation = await start(SCENE, names, { threads: 2 });
      await simulation.step(10);
      await simulation.add({ position: POSITION });
      await simulation.step(30);
      const [hash, stopped] = [await simulation.hash(), simulation.plugIns[0].stopped?.step];
      simulation.dispose();
      return { hash, stopped };
    };
    const [bad, none] = [await run([`bad-${name}`, 'vortex']), await run(['vortex'])];
    assert.deepEqual(bad, { hash: none.hash, stopped: 20 });
  });
}

test('a run to which particles were added goes on with a plug-in', async () => {
  const hashes = new Set();
  for (const options of WAYS) {
    const before = await createSimulation({ scene: SCENE, baseUrl, ...options });
    await before.step(10);
    await before.add({ position: POSITION });
    await before.step(10);
    const simulation = await createSimulation({ scene: SCENE, plugIns: await sources('vortex'), baseUrl, from: before, ...options });
    before.dispose();
    assert.deepEqual([simulation.count, simulation.stepsDone], [540, 20]);
    await simulation.add({ position: POSITION });
    await simulation.step(20);
    hashes.add(await simulation.hash());
    await simulation.reset();
    assert.equal(simulation.count, 500);
    simulation.dispose();
  }
  assert.equal(hashes.size, 1, [...hashes].join());
});

test('plug-ins keep their data when another comes in, and one that is exchanged begins anew', async () => {
  const hashes = new Set();
  for (const options of WAYS) {
    const before = await start(SCENE, ['counts', 'drawn'], options);
    draw(before, 1);
    await before.step(10);
    await before.add({ position: POSITION });
    const simulation = await createSimulation({ scene: SCENE, plugIns: await sources('counts', 'drawn', 'vortex'), baseUrl, from: before, ...options });
    const heights = () => new Float32Array(simulation.memory.buffer, simulation.plugIns[1].symbols.POTENTIAL, 4096);
    assert.deepEqual(heights(), new Float32Array(before.memory.buffer, before.plugIns[1].symbols.POTENTIAL, 4096));
    before.dispose();
    await simulation.step(10);
    assert.equal(simulation.plugIns[0].outputs.steps, 20);
    hashes.add(await simulation.hash());
    // What was a parameter, an output or a stage of another module is none of this one's.
    const other = await start(SCENE, ['sum', 'drawn', 'vortex'], { from: simulation, ...options });
    assert.equal(other.plugIns[0].outputs.total, 0);
    const [pushed, still] = [await start(SCENE, ['counts', 'drawn', 'vortex'], { from: other, ...options }), await start(SCENE, ['sum', 'drawn', 'vortex'], { from: other, ...options })];
    for (const one of [pushed, still]) await one.step(5);
    assert.equal(pushed.plugIns[0].outputs.steps, 5);
    assert.notEqual(await pushed.hash(), await still.hash(), 'its force acts, though the one before had none');
    for (const one of [other, pushed, still]) one.dispose();
    await simulation.reset();
    await simulation.step(1);
    assert.deepEqual([simulation.plugIns[0].outputs.steps, Math.max(...heights())], [1, 0], 'a reset brings the data of the modules back');
    simulation.dispose();
  }
  assert.equal(hashes.size, 1, [...hashes].join());
  const before = await start(SCENE, ['counts'], { threads: 1, reserve: 0 });
  const refused = createSimulation({ scene: SCENE, plugIns: await sources('counts', 'vortex'), baseUrl, from: before, threads: 1 });
  await assert.rejects(refused, /bytes, and \d+ are kept for it in front of the data of plug-ins; begin with more `reserve`/);
  await before.step(1);
  before.dispose();
});

test('a worker that dies while particles join takes neither them nor data of plug-ins along', async () => {
  const run = async (/** @type {boolean} */ killed) => {
    const simulation = await start(CROWD, ['vortex', 'drawn'], { threads: 3, overrides: ['plug-in[1].strength=20'] });
    await simulation.step(10);
    draw(simulation, 1);
    if (killed) simulation.killWorker(1);
    await simulation.add({ position: POSITION });
    if (killed) simulation.killWorker(0);
    await simulation.step(10);
    const hash = await simulation.hash();
    simulation.dispose();
    return hash;
  };
  assert.equal(await run(true), await run(false));
});

test('particles join a run that is listened to, as long as there is a reserve', async () => {
  const simulation = await createSimulation({ scene: SCENE, baseUrl, threads: 1, reserve: 1 << 20 });
  await renderSound(simulation, { steps: 20, factor: 1 });
  await simulation.add({ position: POSITION });
  const { stats } = await renderSound(simulation, { steps: 20, factor: 1 });
  assert.ok(stats.quanta > 0);
  simulation.dispose();
});

test('particles join plug-ins and plug-ins come in: one hash, here and in the native program', async () => {
  const program = process.env.MOTES_PROGRAM;
  assert.ok(program, 'MOTES_PROGRAM names the native program');
  const scratch = await mkdtemp(join(tmpdir(), 'motes-'));
  await writeFile(join(scratch, 'crowd.toml'), CROWD);
  await writeFile(join(scratch, 'more.csv'), `x,y,z\n${Array.from({ length: 40 }, (_, k) => POSITION.slice(3 * k, 3 * k + 3).join()).join('\n')}\n`);
  const file = (/** @type {string} */ name) => fileURLToPath(new URL(`${name}.wasm`, folder));
  const native = async (/** @type {string[]} */ ...more) => {
    const events = ['--add', `${join(scratch, 'more.csv')}@10`, '--plug-in-at', `${file('vortex')}@20`, '--add', `${join(scratch, 'more.csv')}@30`];
    const { stdout } = await promisify(execFile)(program, ['run', join(scratch, 'crowd.toml'), '--steps', '40', '--hash', '--plug-in', file('counts'), ...events, ...more]);
    return stdout.trim().split('\n').pop();
  };
  const module = fileURLToPath(new URL('physics-all.wasm', baseUrl));
  const wasm = ['--engine', 'wasm', '--module', module];
  const hashes = [await native('--threads', '1'), await native('--threads', '4'), await native('--threads', '1', ...wasm), await native('--threads', '4', ...wasm)];
  for (const options of WAYS) {
    const before = await start(CROWD, ['counts'], options);
    await before.step(10);
    await before.add({ position: POSITION });
    await before.step(10);
    const simulation = await start(CROWD, ['counts', 'vortex'], { from: before, ...options });
    before.dispose();
    await simulation.step(10);
    await simulation.add({ position: POSITION });
    await simulation.step(10);
    assert.equal(simulation.plugIns[0].outputs.steps, 40);
    hashes.push(`hash ${shown(await simulation.hash())}`);
    simulation.dispose();
  }
  assert.equal(new Set(hashes).size, 1, hashes.join('\n'));
});
