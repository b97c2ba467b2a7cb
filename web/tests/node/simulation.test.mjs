// The real physics.wasm under the real host, on worker threads.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { overrunStack } from '../../host.js';
import { checksum, full, shown, start } from './support.mjs';

/** @type {Record<string, string>} */
const golden = JSON.parse(await readFile(new URL('../../../scenes/golden.json', import.meta.url), 'utf8'));

/** Presets that the short form runs without shared memory too. */
const unshared = new Set(['marbles', 'fountain', 'crystal']);

for (const [name, want] of Object.entries(golden)) {
  test(`${name}: the golden hash after 1,000 steps`, async () => {
    const ways = full ? [{ threads: 1 }, { threads: 2 }, { threads: 4 }, { shared: false }] : unshared.has(name) ? [{ threads: 2 }, { shared: false }] : [{ threads: 2 }];
    for (const way of ways) {
      const simulation = await start(name, way);
      await simulation.step(1000);
      assert.equal(shown(await simulation.hash()), want, JSON.stringify(way));
      assert.equal(overrunStack(simulation.memory), -1, 'no stack ran over');
      simulation.dispose();
    }
  });
}

test('position is a live view of the block', async () => {
  const simulation = await start('marbles', { threads: 2, overrides: ['fill[0].count=1000'] });
  const { position } = simulation.fields;
  assert.ok(position instanceof Float32Array && position.length === 3000);
  assert.equal(position.buffer, simulation.memory.buffer);
  const height = position[1];
  await simulation.step(50);
  assert.ok(position[1] < height, 'it fell, seen through the same array');
  simulation.dispose();
});

test('no frame is torn', async () => {
  const simulation = await start('marbles', { threads: 2, overrides: ['fill[0].count=2500'], checksums: true });
  let last = 0;
  let taken = 0;
  const most = full ? 100_000 : 300;
  void simulation.play({ stepsPerFrame: 1 });
  while (taken < most) {
    const frame = simulation.takeFrame();
    if (!frame) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    assert.ok(frame.frameNumber > last, 'frame numbers rise');
    assert.equal(checksum(new Uint32Array(simulation.memory.buffer, frame.byteOffset, frame.byteLength / 4)), frame.checksum, `frame ${frame.frameNumber} is whole`);
    last = frame.frameNumber;
    taken++;
  }
  await simulation.pause();
  simulation.dispose();
});

test('bad scenes are refused with everything that is wrong', async () => {
  for (const [override, message] of [['dt=nan', /not finite/], ['dt=-1', /out of range/], ['fill[0].count=1e9', /1000000000 particles/], ['force[0].acceleraton=1', /did you mean `acceleration`/]]) {
    await assert.rejects(start('marbles', { overrides: [String(override)] }), /** @type {RegExp} */ (message));
  }
  const empty = await start('marbles', { overrides: ['fill[0].count=0'] });
  await empty.step(3);
  assert.equal(empty.count, 0);
  empty.dispose();
});

test('a number that is not finite is a fault, and the last good state comes back', async () => {
  const simulation = await start('marbles', { threads: 2, overrides: ['fill[0].count=3000'] });
  await simulation.step(20);
  await simulation.checkpoint();
  const want = await simulation.hash();
  simulation.fields.velocity[3 * 2500] = NaN;
  await assert.rejects(simulation.step(5), /particle 2500: NOT_FINITE; use a smaller dt/);
  assert.equal(await simulation.hash(), want);
  simulation.dispose();
});

test('parameters act between steps, and only in their range', async () => {
  const simulation = await start('marbles', { threads: 1, overrides: ['fill[0].count=10', 'force[0].acceleration=[0, 0, 0]'] });
  await simulation.step(10);
  assert.equal(simulation.fields.velocity[1], 0);
  assert.equal(await simulation.set('force[0].acceleration', [0, 5, 0]), true);
  await simulation.step(10);
  assert.ok(Math.abs(simulation.fields.velocity[1] - 5 * 10 * 0.002) < 1e-5);
  assert.throws(() => simulation.set('dt', -1), RangeError);
  assert.throws(() => simulation.set('force[0].acceleraton', 1), RangeError);
  await simulation.reset();
  assert.equal(simulation.stepsDone, 0);
  simulation.dispose();
});

test('simulations come and go', async () => {
  for (let k = 0; k < 30; k++) {
    const simulation = await start('marbles', { threads: 2, overrides: ['fill[0].count=100'] });
    await simulation.step(2);
    simulation.dispose();
  }
});
