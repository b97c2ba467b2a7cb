// Other builds of the physics in a running simulation: good ones go on with the same bits, bad ones cost nothing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SwapRefused } from '../../simulation.js';
import { baseUrl, start } from './support.mjs';

/** @param {string} name */
const module = async (name) => new Uint8Array(await readFile(new URL(`tests/${name}.wasm`, baseUrl)));

/** @param {string} scene @param {number} steps @param {import('../../simulation.js').Options} options */
async function undisturbed(scene, steps, options) {
  const simulation = await start(scene, options);
  await simulation.step(steps);
  const hash = await simulation.hash();
  simulation.dispose();
  return hash;
}

const WAYS = [{ threads: 1 }, { threads: 3 }, { shared: false }];

for (const options of WAYS) {
  const way = JSON.stringify(options);

  test(`${way}: 500 steps by one build and 500 by another are 1,000 by one`, async () => {
    for (const scene of ['crystal', 'fountain', 'figure-eight']) {
      const want = await undisturbed(scene, 1000, options);
      const simulation = await start(scene, options);
      await simulation.step(500);
      await simulation.swap(await module('other'));
      await simulation.step(500);
      assert.equal(await simulation.hash(), want, scene);
      simulation.dispose();
    }
  });

  const reasons = {
    trap: /step 3 of its trial: it trapped/,
    nan: /step 2 of its trial: it left a position that is not a finite number/,
    loop: /longer than 300 ms for step 3/,
    abi: /speaks version 2 of the ABI, this host version 1/,
    layout: /built for another layout of the block \(0x[0-9a-f]{16}; this one is 0x[0-9a-f]{16}\): it has `record \d+ force gravity: pull 3`; it lacks `record \d+ force gravity: acceleration 3`/,
  };
  for (const [name, reason] of Object.entries(reasons)) {
    test(`${way}: the module ${name} is refused and the run knows nothing of it`, async () => {
      const want = await undisturbed('crystal', 600, options);
      const simulation = await start('crystal', options);
      await simulation.step(500);
      await assert.rejects(simulation.swap(await module(name), { budget: 300 }), (error) => error instanceof SwapRefused && reason.test(error.message));
      await simulation.step(100);
      assert.equal(await simulation.hash(), want);
      simulation.dispose();
    });
  }
}

test('a module that dies after its trial gives way to the one before', async () => {
  const want = await undisturbed('crystal', 560, { threads: 2 });
  const simulation = await start('crystal', { threads: 2, patience: 400 });
  /** @type {string[]} */
  const told = [];
  simulation.addEventListener('reverted', (event) => told.push(/** @type {CustomEvent} */ (event).detail.reason));
  await simulation.step(500);
  await simulation.swap(await module('late'));
  await simulation.step(60);
  assert.match(told.join(), /unreachable/);
  assert.equal(await simulation.hash(), want);
  simulation.dispose();
});

test('what is no physics is refused with everything that is wrong', async () => {
  const simulation = await start('crystal', { threads: 1 });
  const sync = new Uint8Array(await readFile(new URL('sync.wasm', baseUrl)));
  await assert.rejects(simulation.swap(sync), /has no motes_step/);
  await assert.rejects(simulation.swap(new Uint8Array([1, 2, 3])), /not a Wasm module/);
  await assert.rejects(simulation.swap(new Uint8Array(9 * 2 ** 20)), /at most 8388608 are taken/);
  await simulation.step(10);
  simulation.dispose();
});
