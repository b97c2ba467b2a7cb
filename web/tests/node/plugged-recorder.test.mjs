// Time travel in runs with plug-ins: data of plug-ins come back with the moment, and what failed once fails there again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attach } from '../../recorder.js';
import { SCENE, start } from './plugged.mjs';

const ways = [{ threads: 2 }, { shared: false }];

for (const way of ways) {
  test(`moments come back with the data of plug-ins, ${JSON.stringify(way)}`, async () => {
    const simulation = await start(SCENE, ['counts', 'sum'], way);
    const recorder = await attach(simulation, { bytes: 16 << 20, every: 50, share: 1 });
    const numbers = () => new Float32Array(simulation.memory.buffer, simulation.plugIns[1].symbols.numbers, 1000);
    numbers().fill(2);
    await simulation.checkpoint();
    const hashes = [await simulation.hash()];
    for (let step = 1; step <= 200; step++) {
      await simulation.step(1);
      hashes.push(await simulation.hash());
      if (step === 120) {
        numbers().fill(3);
        await simulation.checkpoint();
      }
    }
    for (const [step, sum] of [[137, 3000], [50, 2000], [119, 2000], [199, 3000], [1, 2000]]) {
      await recorder.rewind(step);
      assert.deepEqual([await simulation.hash(), simulation.plugIns[1].outputs.total], [hashes[step], sum], `step ${step}`);
    }
    await recorder.branch();
    await simulation.step(60);
    const { greatestDistance } = await recorder.compare();
    assert.equal(greatestDistance, 0, 'A and B are the same run');
    assert.equal(await simulation.hash(), hashes[61], 'which stands where it stood');
    simulation.dispose();
  });

  test(`one that was switched off runs again in moments before, ${JSON.stringify(way)}`, async () => {
    const simulation = await start(SCENE, ['bad-trap', 'counts'], way);
    const recorder = await attach(simulation, { bytes: 16 << 20, every: 50, share: 1 });
    const stopped = () => simulation.plugIns[0].stopped?.step;
    const hashes = [await simulation.hash()];
    for (let step = 1; step <= 70; step++) {
      await simulation.step(1);
      hashes.push(await simulation.hash());
    }
    for (const [step, since] of [[60, 20], [15, undefined], [35, 20]]) {
      await recorder.rewind(/** @type {number} */ (step));
      assert.deepEqual([await simulation.hash(), stopped()], [hashes[/** @type {number} */ (step)], since], `step ${step}`);
    }
    simulation.dispose();
  });
}
