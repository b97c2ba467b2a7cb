// recorder.wasm on the memory of a run: moments come back, and its bytes are those of the native recorder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { attach, RecordingError } from '../../recorder.js';
import { openRecording } from '../../playback.js';
import { full, start } from './support.mjs';

const SMALL = ['fill[0].count=400'];
const ways = [{ threads: 2 }, { shared: false }];

for (const way of ways) {
  test(`any moment comes back with its hash, ${JSON.stringify(way)}`, async () => {
    const simulation = await start('marbles', { ...way, overrides: SMALL });
    const recorder = await attach(simulation, { bytes: 16 << 20, every: 50, share: 1 });
    const hashes = [await simulation.hash()];
    const steps = full ? 2000 : 400;
    for (let step = 1; step <= steps; step++) {
      if (step === 130) await simulation.set('force[0].acceleration', [0, 4, 0]);
      await simulation.step(1);
      hashes.push(await simulation.hash());
    }
    assert.deepEqual({ first: recorder.range.first, last: recorder.range.last }, { first: 0, last: steps });
    for (const step of [0, 1, 49, 50, 51, 128, 129, 130, 131, 257, steps, 3]) {
      await recorder.rewind(step);
      assert.equal(simulation.stepsDone, step);
      assert.equal(await simulation.hash(), hashes[step], `step ${step}`);
    }
    assert.notEqual(simulation.parameters.find((p) => p.path === 'force[0].acceleration')?.values[1], 4, 'parameters are those of the moment');
    await assert.rejects(recorder.rewind(steps + 1), /is not recorded; steps 0 to/);
    await simulation.step(2);
    assert.equal(await simulation.hash(), hashes[5], 'the run goes on from there');
    assert.equal(recorder.range.last, 5, 'and what came after is forgotten');
    await simulation.reset();
    assert.deepEqual([recorder.range.first, recorder.range.last], [0, 0]);
    simulation.dispose();
  });
}

test('one that is detached while it works tells of no failure', async () => {
  const simulation = await start('marbles', { threads: 2, overrides: SMALL });
  for (let k = 0; k < 5; k++) {
    const recorder = await attach(simulation, { bytes: 16 << 20, every: 1, frameEvery: 1, share: 1 });
    let told = 0;
    recorder.addEventListener('stopped', () => told++);
    const begun = simulation.stepsDone;
    const steps = simulation.step(50);
    while (simulation.stepsDone < begun + 5) await new Promise((resolve) => setTimeout(resolve));
    await recorder.detach();
    await steps;
    assert.deepEqual([told, simulation.recorder, simulation.stepsDone], [0, undefined, begun + 50]);
  }
  simulation.dispose();
});

test('the file has the bytes that the native recorder writes', async () => {
  const motes = process.env.MOTES_PROGRAM;
  assert.ok(motes, 'MOTES_PROGRAM names the native program');
  const file = join(await mkdtemp(join(tmpdir(), 'motes-')), 'native.mtr');
  execFileSync(motes, ['run', 'fountain', '--set', 'emitter[0].rate=300', '--steps', '320', '--record', file, '--record-every', '8', '--record-error', '0.002']);
  const simulation = await start('fountain', { threads: 2, overrides: ['emitter[0].rate=300'] });
  const recorder = await attach(simulation, { bytes: 32 << 20, frameEvery: 8, error: 0.002 });
  await simulation.step(320);
  assert.deepEqual(Buffer.from(await recorder.file()), await readFile(file));
  simulation.dispose();
});

test('a recording is shown frame by frame, in any order', async () => {
  const simulation = await start('marbles', { threads: 1, overrides: SMALL });
  const recorder = await attach(simulation, { bytes: 16 << 20, frameEvery: 4, error: 1e-3 });
  /** @type {Float32Array[]} */
  const truth = [byId(simulation)];
  for (let k = 0; k < 60; k++) {
    await simulation.step(4);
    truth.push(byId(simulation));
  }
  const playback = await openRecording(simulation, await recorder.file());
  assert.deepEqual([playback.frames, playback.particles, playback.firstStep, playback.lastStep], [61, 400, 0, 240]);
  for (const index of [0, 1, 2, 40, 39, 60, 31, 32, 33, 0, 59]) {
    const frame = await playback.frame(index);
    assert.equal(frame.step, 4 * index);
    const rows = new Float32Array(simulation.memory.buffer, frame.byteOffset, frame.particleCount * 4);
    const worst = truth[index].reduce((most, x, k) => Math.max(most, Math.abs(x - rows[Math.floor(k / 3) * 4 + (k % 3)])), 0);
    assert.ok(worst <= 1.001e-3, `frame ${index}: ${worst}`);
    if (index > 0) assert.ok(frame.scalarMax > 0, 'speeds are there');
  }
  playback.dispose();
  simulation.dispose();
});

/** Positions in the order of identities. @param {import('../../simulation.js').Simulation} simulation */
function byId({ fields, count }) {
  const out = new Float32Array(3 * count);
  for (let row = 0; row < count; row++) out.set(fields.position.subarray(3 * row, 3 * row + 3), 3 * fields.id[row]);
  return out;
}

test('damaged recordings are refused with the place', async () => {
  const simulation = await start('marbles', { threads: 1, overrides: ['fill[0].count=20'] });
  const recorder = await attach(simulation, { bytes: 1 << 20, frameEvery: 4 });
  await simulation.step(40);
  const bytes = await recorder.file();
  const refused = async (/** @type {Uint8Array} */ damaged) =>
    assert.rejects(openRecording(simulation, damaged), (error) => error instanceof RecordingError && /^byte \d+: /.test(error.message));
  await refused(bytes.subarray(0, bytes.length - 1));
  await refused(bytes.subarray(0, 50));
  await refused(new Uint8Array(200));
  for (const at of [0, 9, 20, 90, 100, 130, 150, bytes.length - 3]) {
    const damaged = bytes.slice();
    damaged[at] ^= 4;
    await refused(damaged);
  }
  simulation.dispose();
});

test('A goes on as it would have, B is left as it was', async () => {
  const simulation = await start('marbles', { threads: 2, overrides: SMALL });
  const recorder = await attach(simulation, { bytes: 16 << 20 });
  await simulation.step(100);
  await recorder.branch();
  await simulation.step(30);
  const same = await recorder.compare();
  assert.deepEqual([same.meanDistance, same.greatestDistance, same.common], [0, 0, 400], 'nothing was changed');
  await simulation.set('force[0].acceleration', [0, 5, 0]);
  await simulation.step(50);
  const hash = await simulation.hash();
  const apart = await recorder.compare();
  assert.ok(apart.meanDistance > 0 && apart.greatestDistance >= apart.meanDistance && apart.a.kinetic !== apart.b.kinetic);
  assert.equal(await simulation.hash(), hash, 'B is as it was');
  assert.equal(simulation.parameters.find((p) => p.path === 'force[0].acceleration')?.values[1], 5);
  simulation.dispose();
});

test('a full ring drops the oldest, and one that is too small is refused', async () => {
  const simulation = await start('marbles', { threads: 1, overrides: SMALL });
  const recorder = await attach(simulation, { bytes: 100_000, every: 10, frameEvery: 0, share: 1 });
  await simulation.step(600);
  assert.ok(recorder.range.first > 300 && recorder.range.last === 600, JSON.stringify(recorder.range));
  await recorder.rewind(recorder.range.first);
  simulation.dispose();
  const other = await start('marbles', { threads: 1, overrides: SMALL });
  await assert.rejects(attach(other, { bytes: 1000 }), (error) => error instanceof RecordingError && error.kind === 'ROOM');
  await other.step(3);
  other.dispose();
});

for (const way of ways) {
  test(`attached and detached again and again it takes no more memory, ${JSON.stringify(way)}`, async () => {
    const simulation = await start('marbles', { ...way, overrides: SMALL });
    /** @type {number[]} */
    const sizes = [];
    for (let k = 0; k < 4; k++) {
      const recorder = await attach(simulation, { bytes: 8 << 20, every: 5 });
      await simulation.step(20);
      await recorder.rewind(simulation.stepsDone - 10);
      if (k === 3) {
        const playback = await openRecording(simulation, await recorder.file());
        await playback.dispose();
      }
      // Whatever it is at, no byte of the next one's is written to.
      const stepping = simulation.step(5);
      await recorder.detach();
      await stepping.catch(() => {});
      sizes.push(simulation.memory.buffer.byteLength);
    }
    assert.deepEqual(sizes.slice(0, 3), [sizes[0], sizes[0], sizes[0]]);
    await simulation.step(10);
    const hash = await simulation.hash();
    const undisturbed = await start('marbles', { threads: 1, overrides: SMALL });
    await undisturbed.step(simulation.stepsDone);
    assert.equal(hash, await undisturbed.hash());
    [undisturbed, simulation].forEach((s) => s.dispose());
  });
}
