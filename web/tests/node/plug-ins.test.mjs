// Plug-ins in a running simulation: written in four languages they do what they say, and the bits are those of the native program; those
// that are up to no good cost the run nothing but themselves.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSimulation } from '../../simulation.js';
import { CROWD, SCENE, WAYS, draw, folder, sources, start } from './plugged.mjs';
import { baseUrl } from './support.mjs';

test('two in C, one in Rust, one in AssemblyScript and one in WAT: one hash on all threads, here and in the native program', async () => {
  const names = ['gravity', 'vortex', 'drawn', 'bottle', 'measure', 'shell'];
  const scratch = await mkdtemp(join(tmpdir(), 'motes-'));
  await writeFile(join(scratch, 'crowd.toml'), CROWD);
  const program = process.env.MOTES_PROGRAM;
  assert.ok(program, 'MOTES_PROGRAM names the native program');
  const native = async (/** @type {string[]} */ ...more) => {
    const plugIns = names.flatMap((name) => ['--plug-in', fileURLToPath(new URL(`${name}.wasm`, folder))]);
    const { stdout } = await promisify(execFile)(program, ['run', join(scratch, 'crowd.toml'), '--steps', '60', '--hash', ...plugIns, ...more]);
    return stdout.trim().split('\n').pop();
  };
  const module = fileURLToPath(new URL('physics-all.wasm', baseUrl));
  const hashes = [
    await native('--threads', '1'),
    await native('--threads', '4'),
    await native('--threads', '1', '--engine', 'wasm', '--module', module),
    await native('--threads', '4', '--engine', 'wasm', '--module', module),
  ];
  for (const options of WAYS) {
    const simulation = await start(CROWD, names, options);
    await simulation.step(60);
    hashes.push(`hash 0x${(await simulation.hash()).toString(16).padStart(16, '0')}`);
    assert.deepEqual(simulation.plugIns.map((plugIn) => plugIn.stopped), names.map(() => undefined));
    simulation.dispose();
  }
  assert.deepEqual(new Set(hashes).size, 1, hashes.join('\n'));
});

test('gravity by a plug-in is gravity', async () => {
  const fall = async (/** @type {string} */ scene, /** @type {string[]} */ names) => {
    const simulation = await start(scene, names, { threads: 2 });
    // Before anyone meets a wall: bounces know of the gravity that is built in.
    await simulation.step(40);
    const positions = Float32Array.from(simulation.fields.position);
    simulation.dispose();
    return positions;
  };
  // The other force is there so that both scenes make their steps by the same stages.
  const trap = '[[force]]\nkind = "trap"\nstiffness = [1e-6, 1e-6, 1e-6]\n';
  const [plugged, built] = [await fall(SCENE + trap, ['gravity']), await fall(`${SCENE}${trap}[[force]]\nkind = "gravity"\n`, [])];
  const apart = plugged.reduce((most, x, k) => Math.max(most, Math.abs(x - built[k])), 0);
  assert.ok(apart < 2e-4, `positions differ by ${apart}`);
  const height = plugged.reduce((sum, y, k) => sum + (k % 3 === 1 ? y : 0), 0) / 500;
  assert.ok(Math.abs(height + 0.5 * 9.81 * 0.2 ** 2) < 0.08, `and they did fall, to ${height} on average`);
});

test('the vortex turns particles its way, and the other way when its strength is negative', async () => {
  for (const strength of [4, -4]) {
    const simulation = await start(SCENE.replace('temperature = 1', 'temperature = 0'), ['vortex'], { threads: 2, overrides: [`plug-in[vortex].strength=${strength}`] });
    await simulation.step(50);
    // The force (-z, 0, x) turns against the axis y.
    const { angular_momentum_y } = await simulation.diagnostics();
    assert.ok(angular_momentum_y * -strength > 0 && Math.abs(angular_momentum_y) > 100, `${angular_momentum_y}`);
    simulation.dispose();
  }
});

test('the shell is a constraint: pendulums that go round in a circle do so at their height and in their time', async () => {
  // At the angle a from the lowest point the angular velocity is sqrt(g / (R cos a)).
  const [R, g, a, many] = [1.5, 9.81, Math.PI / 3, 12];
  const [turn, ring] = [Math.sqrt(g / (R * Math.cos(a))), R * Math.sin(a)];
  const rows = Array.from({ length: many }, (_, k) => [Math.cos(k), Math.sin(k)]).map(([x, z]) => [ring * x, -R * Math.cos(a), ring * z, -ring * turn * z, 0, ring * turn * x]);
  const init = new TextEncoder().encode(`x,y,z,vx,vy,vz\n${rows.join('\n')}\n`);
  const scene = `${SCENE.replace('walls = true', 'walls = false').replace('dt = 0.005', 'dt = 0.001')}[[force]]\nkind = "gravity"\n`;
  const simulation = await start(scene, ['shell'], { init, initName: 'ring.csv', threads: 2, overrides: [`plug-in[shell].radius=${R}`] });
  const { kinetic } = await simulation.diagnostics();
  const steps = 10_000;
  await simulation.step(steps);
  const { position } = simulation.fields;
  const time = steps * 0.001;
  for (let k = 0; k < many; k++) {
    const [x, y, z] = position.slice(3 * k, 3 * k + 3);
    const late = Math.atan2(Math.sin(Math.atan2(z, x) - k - turn * time), Math.cos(Math.atan2(z, x) - k - turn * time));
    assert.ok(Math.abs(Math.hypot(x, y, z) - R) < 1e-6, `${Math.hypot(x, y, z)} from the middle`);
    assert.ok(Math.abs(y + R * Math.cos(a)) < 2e-4 && Math.abs(late) < 1e-3, `height ${y}, late by ${late}`);
  }
  assert.ok(Math.abs((await simulation.diagnostics()).kinetic / kinetic - 1) < 1e-4);
  simulation.dispose();
  const fallen = await start(SCENE, ['shell'], { threads: 3 });
  await fallen.step(100);
  const all = fallen.fields.position;
  for (let k = 0; k < 500; k++) assert.ok(Math.abs(Math.hypot(...all.slice(3 * k, 3 * k + 3)) - 1) < 1e-6, 'who began elsewhere is on it');
  fallen.dispose();
});

test('the bottle keeps kinetic energy, and keeps charges in that would leave', async () => {
  const scene = SCENE.replace('walls = true', 'walls = false').replace('[-2, -2, -2]', '[-20, -20, -20]').replace('[2, 2, 2]', '[20, 20, 20]');
  const outside = async (/** @type {string[]} */ names) => {
    const simulation = await start(scene.replace('dt = 0.005', 'dt = 0.002'), names, { threads: 2, overrides: names.length ? ['plug-in[0].strength=30'] : [] });
    const before = (await simulation.diagnostics()).kinetic;
    await simulation.step(5000);
    const after = (await simulation.diagnostics()).kinetic;
    const positions = simulation.fields.position;
    let far = 0;
    for (let i = 0; i < simulation.count; i++) far += Number(Math.hypot(positions[3 * i], positions[3 * i + 1]) > 3);
    simulation.dispose();
    return { drift: Math.abs(after / before - 1), far };
  };
  const [held, free] = [await outside(['bottle']), await outside([])];
  assert.ok(held.drift < 1e-4, `kinetic energy changed by ${held.drift}`);
  assert.ok(free.far > 450 && held.far < 25, `${free.far} leave without it, ${held.far} with it`);
});

test('what is measured is what the arrays say', async () => {
  const simulation = await start(SCENE, ['measure'], { threads: 3 });
  await simulation.step(25);
  const { position, velocity } = simulation.fields;
  let [height, speed] = [0, 0];
  for (let i = 0; i < simulation.count; i++) {
    height += position[3 * i + 1] / simulation.count;
    speed = Math.max(speed, Math.hypot(velocity[3 * i], velocity[3 * i + 1], velocity[3 * i + 2]));
  }
  const { outputs } = simulation.plugIns[0];
  assert.ok(Math.abs(outputs.height - height) < 1e-9 && Math.abs(outputs.speed - speed) < 1e-6 && speed > 1, JSON.stringify([outputs, height, speed]));
  simulation.dispose();
});

test('JavaScript writes numbers, C adds them up', async () => {
  const simulation = await start(SCENE, ['sum'], { threads: 1 });
  const numbers = new Float32Array(simulation.memory.buffer, simulation.plugIns[0].symbols.numbers, 1000);
  for (let k = 0; k < 1000; k++) numbers[k] = k;
  await simulation.step(1);
  assert.equal(simulation.plugIns[0].outputs.total, 499500);
  simulation.dispose();
});

test('particles roll into the well that was drawn while they moved', async () => {
  const still = SCENE.replace('temperature = 1', 'temperature = 0');
  const simulation = await start(still, ['drawn'], { threads: 4, overrides: ['plug-in[0].strength=20'] });
  const inside = () => {
    const { position } = simulation.fields;
    let count = 0;
    for (let i = 0; i < simulation.count; i++) count += Number(Math.hypot(position[3 * i] - 0.5, position[3 * i + 1] - 0.5) < 0.5);
    return count;
  };
  await simulation.step(20);
  const before = inside();
  const heights = draw(simulation, 0);
  await simulation.step(60);
  assert.ok(inside() > 2 * before, `${before} before, ${inside()} after`);
  await simulation.reset();
  assert.ok(heights.every((height) => height === 0), 'a reset brings the data back that the module came with');
  simulation.dispose();
});

test('parameters are those that the module declares, live, and in range', async () => {
  const simulation = await start(SCENE, ['vortex'], { threads: 1 });
  const parameter = simulation.parameters.find(({ path }) => path === 'plug-in[0].strength');
  assert.deepEqual([parameter?.kindName, parameter?.values, parameter?.min, parameter?.max, parameter?.live], ['vortex', [5], -1000, 1000, true]);
  assert.equal(await simulation.set('plug-in[0].strength', 0), true);
  await simulation.set('plug-in[0].center', [1, 2, 3]);
  assert.throws(() => simulation.set('plug-in[0].strength', 1e6), /from -1000 to 1000/);
  simulation.dispose();
  await assert.rejects(start(SCENE, ['vortex'], { overrides: ['plug-in[0].strenght=1'] }), /unknown field `strenght`[\s\S]*strength/);
});

test('a scene names the very file that it means', async () => {
  const [{ bytes }] = await sources('gravity');
  const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const named = (/** @type {string} */ sha256) => `${SCENE}[[plug-in]]\nfile = "gravity.wasm"\nsha256 = "${sha256}"\nacceleration = [0, -1, 0]\n`;
  (await start(named(digest), ['gravity'], { threads: 1 })).dispose();
  await assert.rejects(start(named(digest.replace(/^./, 'x')), ['gravity']), new RegExp(`not the file that the scene was written for[\\s\\S]*${digest}`));
  await assert.rejects(createSimulation({ scene: named(digest), baseUrl, plugInUrl: new URL('nowhere/', baseUrl) }), /gravity\.wasm/);
});

const STOPPED = {
  trap: { reason: /unreachable/, step: 20 },
  header: { reason: /changed the block's header or tables/, step: 20 },
  beyond: { reason: /changed bytes between arrays/, step: 20 },
  loop: { reason: /no sign of life for 400 ms/, step: 20 },
};

for (const options of WAYS) {
  for (const [name, { reason, step }] of Object.entries(STOPPED)) {
    // Nothing can end a loop on the page's own thread.
    if (name === 'loop' && options.shared === false) continue;
    test(`${JSON.stringify(options)}: bad-${name} is switched off at its step, and the run is as if it had never been there`, async () => {
      const undisturbed = await start(SCENE, ['gravity'], options);
      await undisturbed.step(60);
      const want = await undisturbed.hash();
      undisturbed.dispose();
      const simulation = await start(SCENE, [`bad-${name}`, 'gravity'], { ...options, patience: 400 });
      /** @type {any[]} */
      const told = [];
      simulation.addEventListener('pluginstopped', (event) => told.push(/** @type {CustomEvent} */ (event).detail));
      await simulation.step(60);
      assert.equal(simulation.stepsDone, 60);
      assert.equal(await simulation.hash(), want);
      assert.deepEqual(told.map(({ file, step }) => ({ file, step })), [{ file: `bad-${name}.wasm`, step }]);
      assert.match(told[0].reason, reason);
      assert.equal(simulation.plugIns[0].stopped?.step, step);
      simulation.dispose();
    });
  }
}

test('one that fails at once keeps the simulation from beginning, by name', async () => {
  for (const options of WAYS) await assert.rejects(start(SCENE, ['gravity', 'bad-stuck'], { ...options, patience: 400 }), /^Error: bad-stuck\.wasm: .* 400 ms/);
  await assert.rejects(start(SCENE, ['bad-start'], { threads: 2 }), /bad-start\.wasm: .*unreachable/);
  await assert.rejects(start(SCENE, ['bad-array'], { threads: 2 }), /bad-array\.wasm: it changed an array that it does not name in `writes`/);
});

const REFUSED = {
  imports: /imports env\.sin, which plug-ins are not given/,
  signature: /exports force, which must be a function of \(i32, i32, i32, i32\) without a result/,
  'own-memory': /has a memory of its own/,
  grows: /grows the memory/,
  data: /has data at fixed addresses/,
  nothing: /exports no force\(i32, i32, i32, i32\) and no velocity\(i32, i32, i32, i32, f64\) and no position/,
};
for (const [name, reason] of Object.entries(REFUSED)) {
  test(`refused-${name} is refused before any of it runs`, async () => {
    await assert.rejects(start(SCENE, [`refused-${name}`]), (/** @type {Error} */ error) => reason.test(error.message) && error.message.includes(`refused-${name}.wasm`));
  });
}

test('a run goes on with a plug-in that it did not begin with, the same on all threads', async () => {
  const still = SCENE.replace('temperature = 1', 'temperature = 0').replace('[-2, -2, -2]', '[-20, -20, -20]').replace('[2, 2, 2]', '[20, 20, 20]');
  const hashes = [];
  for (const options of WAYS) {
    const before = await start(still, [], options);
    await before.step(50);
    const simulation = await createSimulation({ scene: still, plugIns: await sources('gravity'), baseUrl, from: before, ...options });
    before.dispose();
    assert.equal(simulation.stepsDone, 50);
    await simulation.step(40);
    // Forces act from the moment on: v = g t in 40 steps of 0.005.
    const { velocity } = simulation.fields;
    assert.ok(velocity.every((v, k) => Math.abs(v - (k % 3 === 1 ? -9.81 * 0.2 : 0)) < 1e-3), `${velocity.slice(0, 3)}`);
    const again = await createSimulation({ scene: still, plugIns: await sources('gravity', 'measure'), baseUrl, from: simulation, ...options });
    simulation.dispose();
    await again.step(10);
    assert.ok(again.plugIns[1].outputs.speed > 2.4);
    hashes.push(await again.hash());
    again.dispose();
  }
  assert.equal(new Set(hashes).size, 1, hashes.join());
  const before = await start(still, [], { threads: 1 });
  await assert.rejects(createSimulation({ scene: still, plugIns: await sources('bad-array'), baseUrl, from: before, threads: 1 }), /bad-array.wasm: it changed an array/);
  await before.step(5);
  assert.equal(before.stepsDone, 5, 'the run before goes on where its plug-in was refused');
  before.dispose();
});

test('a worker that dies takes nothing of a plug-in with it', async () => {
  const names = ['vortex', 'measure', 'drawn'];
  const undisturbed = await start(SCENE, names, { threads: 3 });
  await undisturbed.step(400);
  const simulation = await start(SCENE, names, { threads: 3 });
  await simulation.step(200);
  const rest = simulation.step(200);
  simulation.killWorker(1);
  await rest;
  assert.equal(await simulation.hash(), await undisturbed.hash());
  assert.deepEqual(simulation.plugIns[1].outputs, undisturbed.plugIns[1].outputs);
  undisturbed.dispose();
  simulation.dispose();
});

test('physics is exchanged under plug-ins that go on with their data', async () => {
  const run = async (/** @type {boolean} */ exchanged) => {
    const simulation = await start(SCENE, ['vortex', 'drawn'], { threads: 2, overrides: ['plug-in[1].strength=20'] });
    await simulation.step(10);
    draw(simulation, 1);
    await simulation.step(40);
    if (exchanged) await simulation.swap(new Uint8Array(await readFile(new URL('tests/other.wasm', baseUrl))));
    await simulation.step(50);
    const hash = await simulation.hash();
    simulation.dispose();
    return hash;
  };
  assert.equal(await run(true), await run(false));
});
