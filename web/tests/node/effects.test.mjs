// Effects of the sound on the memory of a run: the samples of the native program, a filter in C, and modules that are none.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createSimulation } from '../../simulation.js';
import { renderSound } from '../../sound-offline.js';
import { SCENE, sources } from './plugged.mjs';
import { bits, loudest, sidesOf } from './samples.mjs';
import { baseUrl, start } from './support.mjs';

/** The native program with these words. @param {string[]} words */
function native(words) {
  const program = process.env.MOTES_PROGRAM;
  assert.ok(program, 'MOTES_PROGRAM names the native program');
  return spawnSync(program, words, { encoding: 'utf8' });
}

test('effects change the sound as they do natively, bit for bit, on both engines, and one that traps is left out of the same quantum', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'motes-'));
  const dist = fileURLToPath(baseUrl);
  const [echo, lowpass, trap] = ['effects/echo.wasm', 'plug-ins/lowpass.wasm', 'plug-ins/bad-effect-trap.wasm'];
  for (const [code, effects] of /** @type {[number, string[]][]} */ ([[0, [lowpass, echo]], [9, [echo, trap, lowpass]]])) {
    const simulation = await start('marbles', { overrides: ['fill[0].count=1000'], threads: 2 });
    const { left, right, failed } = await renderSound(simulation, { steps: 600, factor: 1, effects });
    simulation.dispose();
    assert.deepEqual(failed.map((text) => text.split(':')[0]), code === 0 ? [] : [trap]);
    for (const engine of ['native', 'wasm']) {
      const wav = join(folder, `${engine}-${code}.wav`);
      const words = ['run', 'marbles', '--set', 'fill[0].count=1000', '--steps', '600', '--engine', engine, '--module', join(dist, 'physics-all.wasm'), '--sound', wav];
      const { status, stderr } = native([...words, ...effects.flatMap((effect) => ['--effect', join(dist, effect)])]);
      assert.equal(status, code, stderr);
      const sides = sidesOf(await readFile(wav));
      assert.ok(loudest(left) > 0.01 && left.length > 20_000, `${left.length} frames up to ${loudest(left)}`);
      assert.ok(bits(sides[0]).equals(bits(left)) && bits(sides[1]).equals(bits(right)), `${engine}, ${effects}`);
    }
  }
});

test('one that does not come back is tried first, and refused by name', async () => {
  const simulation = await start('marbles', { overrides: ['fill[0].count=100'], threads: 1 });
  const before = await simulation.grow(64);
  simulation.release(before);
  const effects = ['plug-ins/lowpass.wasm', 'plug-ins/bad-effect-loop.wasm'];
  await assert.rejects(renderSound(simulation, { steps: 10, factor: 1, effects }), /^Error: plug-ins\/bad-effect-loop.wasm: it took longer than 2500 ms$/);
  assert.equal(await simulation.grow(64), before, 'and it has left nothing behind');
  await simulation.step(1);
  simulation.dispose();
});

test('an effect of the sound in C, with data of its own, goes through the same loader', async () => {
  const scene = SCENE.replace('walls = true', 'walls = false').replace('[[fill]]', '[[collider]]\nkind = "box"\nmin = [-1.5, -1.5, -1.5]\nmax = [1.5, 1.5, 1.5]\nrestitution = 1\nfriction = 0\n[[fill]]');
  const heard = async (/** @type {Uint8Array[]} */ effects) => {
    const simulation = await createSimulation({ scene, baseUrl, threads: 1 });
    const { left, failed } = await renderSound(simulation, { steps: 200, factor: 1, effects });
    simulation.dispose();
    assert.deepEqual(failed, []);
    return left;
  };
  const [{ bytes }] = await sources('lowpass');
  const [plain, dull] = [await heard([]), await heard([bytes])];
  // The filter once more, by the formula in plugins/effects/lowpass.c.
  const turn = (2 * Math.PI * 300) / 48_000;
  let [last, apart] = [0, 0];
  plain.forEach((x, k) => {
    last += (turn / (1 + turn)) * (x - last);
    apart = Math.max(apart, Math.abs(last - dull[k]));
  });
  assert.ok(plain.length > 40_000 && loudest(plain) > 0.1 && apart < 1e-5 * loudest(plain), `${plain.length} frames up to ${loudest(plain)}, which differ by ${apart}`);
});

test('what is no effect is refused before any of it runs, in the words of the native program', async () => {
  const simulation = await start('marbles', { overrides: ['fill[0].count=10'], threads: 1 });
  const refusal = (/** @type {string} */ effect) => renderSound(simulation, { steps: 1, effects: ['effects/echo.wasm', effect] }).then(() => '', ({ message }) => message);
  for (const name of ['refused-imports', 'refused-own-memory', 'refused-grows', 'refused-data', 'vortex']) {
    const file = `plug-ins/${name}.wasm`;
    const told = await refusal(file);
    assert.match(told, new RegExp(`^${file} is no effect of the sound that can be loaded: it `));
    const path = fileURLToPath(new URL(file, baseUrl));
    const { status, stderr } = native(['run', 'marbles', '--steps', '1', '--sound', join(tmpdir(), 'motes-none.wav'), '--effect', path]);
    assert.equal(status, 3);
    const flat = (/** @type {string} */ text) => text.replace(/[\s│]+/g, '');
    assert.ok(flat(stderr).includes(flat(told.replace(file, path))), `${stderr} ${told}`);
  }
  assert.match(await refusal('plug-ins/bad-effect-start.wasm'), /unreachable/);
  await simulation.step(5);
  simulation.dispose();
});
