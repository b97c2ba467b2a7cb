// sound.wasm on the memory of a run, without a loudspeaker: a known rate is heard, samples are those of the native program, effects act.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSimulation } from '../../simulation.js';
import { renderSound } from '../../sound-offline.js';
import { createSound } from '../../sound.js';
import { openRoom } from '../../sound-room.js';
import { Chain } from '../../sound-chain.js';
import { bits, loudest, sidesOf } from './samples.mjs';
import { baseUrl, full, start } from './support.mjs';

const RATE = 48_000;
/** Frames of a point of the envelope. */
const POINT = 16;
const points = RATE / POINT;

/** One point that flies to and fro between two walls one unit apart, without loss. @param {number} speed */
const bouncing = (speed) => `
version = 1
dt = 0.02
[domain]
min = [0, -1, -1]
max = [1, 1, 1]
[[species]]
radius = 0
[[fill]]
kind = "random"
count = 1
min = [0.5, 0, 0]
max = [0.5, 0, 0]
velocity = [${speed}, 0, 0]
[[collider]]
kind = "box"
min = [0, -1, -1]
max = [1, 1, 1]
restitution = 1
friction = 0
`;

/** The frequency in whole hertz that is strongest in the loudness; in the sound itself it would be the pitch of the particle. @param {Float32Array[]} sides */
function strongest(sides) {
  const envelope = Float64Array.from({ length: Math.floor(sides[0].length / POINT) }, (_, k) => {
    let sum = 0;
    for (let i = k * POINT; i < (k + 1) * POINT; i++) sum += Math.abs(sides.reduce((all, side) => all + side[i], 0));
    return sum;
  });
  const mean = envelope.reduce((sum, x) => sum + x, 0) / envelope.length;
  let best = { hertz: 0, power: 0 };
  for (let hertz = 20; hertz < 1400; hertz++) {
    const [cos, sin] = [Math.cos((2 * Math.PI * hertz) / points), Math.sin((2 * Math.PI * hertz) / points)];
    let [x, y, re, im] = [1, 0, 0, 0];
    for (const point of envelope) {
      re += (point - mean) * x;
      im += (point - mean) * y;
      [x, y] = [x * cos - y * sin, x * sin + y * cos];
    }
    const power = re * re + im * im;
    if (power > best.power) best = { hertz, power };
  }
  return best.hertz;
}

test('ten seconds: a known rate of collisions is heard at that rate, with the samples of the native program', async () => {
  const motes = process.env.MOTES_PROGRAM;
  assert.ok(motes, 'MOTES_PROGRAM names the native program');
  const folder = await mkdtemp(join(tmpdir(), 'motes-'));
  for (const [speed, hertz] of [[1, 220], [1.5, 330]]) {
    const render = async (/** @type {import('../../sound-room.js').Settings} */ settings) => {
      const simulation = await createSimulation({ baseUrl, scene: bouncing(speed), shared: false });
      const sound = await renderSound(simulation, { steps: 110_000, factor: 1 / 220, ...settings });
      simulation.dispose();
      return sound;
    };
    // Short notes and no bed, so that strikes stand apart.
    const short = await render({ decay: 0.0015, bed: 0 });
    assert.ok(Math.abs(short.left.length - 10 * RATE) <= 256 && loudest(short.left) > 0.01, `${short.left.length} frames`);
    assert.ok(Math.abs(short.stats.events - 10 * hertz) <= 2 && short.stats.overruns === 0, JSON.stringify(short.stats));
    const heard = strongest([short.left, short.right]);
    assert.ok(Math.abs(heard - hertz) <= 1, `speed ${speed}: ${heard} Hz in place of ${hertz}`);
    const side = strongest([short.left]);
    assert.ok(Math.abs(side - hertz / 2) <= 1, `speed ${speed}: ${side} Hz on the left in place of ${hertz / 2}`);

    const [first, second] = [await render({}), await render({})];
    assert.ok(bits(first.left).equals(bits(second.left)) && bits(first.right).equals(bits(second.right)), 'twice the same');
    const [scene, wav] = [join(folder, 'bouncing.toml'), join(folder, 'bouncing.wav')];
    await writeFile(scene, bouncing(speed));
    execFileSync(motes, ['run', scene, '--steps', '110000', '--sound', wav, '--sound-factor', String(1 / 220)]);
    const [left, right] = sidesOf(await readFile(wav));
    assert.equal(left.length, first.left.length);
    assert.ok(bits(left).equals(bits(first.left)) && bits(right).equals(bits(first.right)), 'and natively');
  }
});

test('many marbles sound as they do natively, on workers and without', async () => {
  const wav = join(await mkdtemp(join(tmpdir(), 'motes-')), 'marbles.wav');
  const steps = full ? 3000 : 700;
  execFileSync(process.env.MOTES_PROGRAM ?? '', ['run', 'marbles', '--set', 'fill[0].count=2000', '--steps', String(steps), '--sound', wav]);
  const native = sidesOf(await readFile(wav));
  for (const way of [{ threads: 2 }, { shared: false }]) {
    const simulation = await start('marbles', { ...way, overrides: ['fill[0].count=2000'] });
    const { left, right, stats } = await renderSound(simulation, { steps });
    assert.ok(stats.events > 100 && loudest(left) > 0.01, JSON.stringify(stats));
    assert.ok(bits(left).equals(bits(native[0])) && bits(right).equals(bits(native[1])), JSON.stringify(way));
    simulation.dispose();
  }
});

test('an effect changes what was rendered: the echo comes after a third of a second, from the other side', async () => {
  for (const way of [{ threads: 1 }, { shared: false }]) {
    const render = async (/** @type {string[]} */ effects) => {
      const simulation = await createSimulation({ baseUrl, scene: bouncing(1), ...way });
      const sound = await renderSound(simulation, { steps: 2000, factor: 0.02, bed: 0, effects });
      simulation.dispose();
      return sound;
    };
    const [dry, wet, twice] = [await render([]), await render(['effects/echo.wasm']), await render(['effects/echo.wasm', 'effects/echo.wasm'])];
    const delay = RATE / 3;
    const [left, right] = [new Float32Array(dry.left.length), new Float32Array(dry.left.length)];
    for (let k = 0; k < left.length; k++) {
      left[k] = dry.left[k] + (k < delay ? 0 : Math.fround(0.5 * right[k - delay]));
      right[k] = dry.right[k] + (k < delay ? 0 : Math.fround(0.5 * left[k - delay]));
    }
    assert.ok(bits(wet.left).equals(bits(left)) && bits(wet.right).equals(bits(right)), 'sample by sample');
    assert.ok(!bits(wet.left).equals(bits(dry.left)) && !bits(twice.left).equals(bits(wet.left)), 'each has a state of its own');
    assert.deepEqual(wet.failed, []);
  }
});

test('an effect that traps is left out and named, one that is none is refused', async () => {
  const trap = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 4, 127, 127, 127, 125, 0, 2, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 1, 0, 128, 128, 4,
    3, 2, 1, 0, 7, 11, 1, 7, 112, 114, 111, 99, 101, 115, 115, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
  const simulation = await createSimulation({ baseUrl, scene: bouncing(1), threads: 1 });
  const { failed, left } = await renderSound(simulation, { steps: 500, factor: 0.02, effects: [trap] });
  assert.equal(failed.length, 1);
  assert.match(failed[0], /^effect 0: unreachable/);
  assert.ok(loudest(left) > 0.01, 'the sound goes on without it');
  await assert.rejects(renderSound(simulation, { steps: 1, effects: ['sync.wasm'] }), /^Error: sync\.wasm is no effect of the sound that can be loaded: it waits .*; it exports no process\(i32, i32, i32, f32\)/);
  await assert.rejects(renderSound(simulation, { steps: 1, factor: 0 }), RangeError);
  await assert.rejects(renderSound(simulation, { steps: 1, gain: NaN }), /gain takes a number from 0 on/);
  await assert.rejects(createSound(simulation), /there can be no sound: this browser has no AudioWorklet/);
  simulation.dispose();
});

test('a run that stands still leaves silence, is counted, and comes back; nothing is allocated in between', async () => {
  const simulation = await createSimulation({ baseUrl, scene: bouncing(1), threads: 1 });
  const room = await openRoom(simulation, { rate: RATE });
  room.set({ factor: 0, latency: 0.05 });
  const chain = new Chain({ memory: simulation.memory, modules: room.modules, room: room.at, rate: RATE, effects: [] });
  const most = () => Math.max(loudest(chain.left), loudest(chain.right));
  const run = async () => {
    let heard = 0;
    for (let k = 0; k < 200; k++) {
      await simulation.step(4);
      room.listen();
      for (let quantum = 0; quantum < 3; quantum++) {
        chain.next();
        heard = Math.max(heard, most());
      }
    }
    return heard;
  };
  assert.ok((await run()) > 0.01, 'it sounds');
  const before = room.stats;
  const bytes = process.memoryUsage().arrayBuffers;
  for (let quantum = 0; quantum < 2000; quantum++) chain.next();
  assert.equal(process.memoryUsage().arrayBuffers, bytes);
  assert.equal(most(), 0);
  assert.ok(room.stats.underruns - before.underruns > 1700, JSON.stringify(room.stats));
  assert.ok((await run()) > 0.01 && room.stats.struck > before.struck + 10, 'it comes back');
  simulation.dispose();
});

test('a million particles: what listening costs', async () => {
  const simulation = await start('million', { threads: 1 });
  for (const heard of [0, 1_000_000]) {
    const room = await openRoom(simulation, { rate: RATE, heard });
    room.listen();
    const [steps, listens] = [[], []].map(() => /** @type {number[]} */ ([]));
    for (let k = 0; k < 60; k++) {
      const begun = performance.now();
      await simulation.step(1);
      const between = performance.now();
      room.listen();
      steps.push(between - begun);
      listens.push(performance.now() - between);
    }
    const median = (/** @type {number[]} */ times) => times.sort((a, b) => a - b)[times.length >> 1];
    console.log(`# listening to ${heard || 131072} of 1,000,000: ${median(listens).toFixed(2)} ms, a step ${median(steps).toFixed(2)} ms`);
    assert.ok(room.stats.events > 0);
    assert.ok(median(listens) < 100, 'far below what a look once in a while may take');
  }
  simulation.dispose();
});
