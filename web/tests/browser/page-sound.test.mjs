// The page's sound: its button, effects in the audio thread, what was missed, and the samples that Node renders.

import assert from 'node:assert/strict';
import { createSimulation } from '../../simulation.js';
import { renderSound } from '../../sound-offline.js';
import { baseUrl, full, sceneText } from '../node/support.mjs';
import { SMALL, notices, pageTests, stepsDone, until } from './support.mjs';

const pageTest = pageTests();
const audible = { skip: process.env.MOTES_SILENT };

/** Counters of the page's sound. @param {import('puppeteer-core').Page} page @returns {Promise<import('../../sound-room.js').Stats>} */
const soundStats = async (page) => /** @type {any} */ (await page.evaluate('motes.sound.sound.stats'));
const soundNote = 'document.getElementById("sound-note").textContent';

pageTest('sound is off until asked for, waits for a run that stands, follows the scene, and goes off again', SMALL, async (page) => {
  assert.deepEqual(await page.evaluate(`[${soundNote}, motes.sound.sound ?? null, document.getElementById('sound').getAttribute('aria-pressed')]`), ['off', null, 'false']);
  await page.click('#sound');
  await until(page, `motes.sound.sound?.playing && /^[0-9,]+ underruns, 0 overruns$/.test(${soundNote})`);
  await page.click('#add');
  await until(page, 'motes.simulation.count === 1500');
  const paused = await soundStats(page);
  await until(page, `motes.sound.sound.stats.underruns > ${paused.underruns + 50}`);
  assert.equal((await soundStats(page)).struck, 0, 'nothing happens in a run that stands');
  await page.click('#play');
  await until(page, 'motes.sound.sound.stats.struck > 20');
  await page.click('#play');
  await page.evaluate('motes.simulation.pause()');
  const stands = await soundStats(page);
  await until(page, `motes.sound.sound.stats.underruns > ${stands.underruns + 100}`);
  await page.click('#reset');
  await until(page, 'motes.simulation.stepsDone === 0');
  await page.click('#play');
  await until(page, `motes.sound.sound.stats.struck > ${stands.struck + 20}`);
  await page.evaluate('{ window.first = motes.sound.sound; void motes.session.reload(); }');
  await until(page, 'motes.sound.sound && motes.sound.sound !== window.first && motes.sound.sound.stats.quanta > 50');
  await page.click('#sound');
  await until(page, `!motes.sound.sound && ${soundNote} === "off" && !motes.simulation.sound`);
  assert.equal(await notices(page), '');
}, audible);

pageTest('a browser that plays nothing is told of, and the run goes on', SMALL, async (page) => {
  await page.click('#sound');
  await until(page, `/the browser plays nothing/.test(${soundNote})`);
  await page.evaluate('motes.step(50)');
  assert.equal(await stepsDone(page), 50);
  await page.click('#sound');
  await until(page, `${soundNote} === "off"`);
}, {
  before: () => {
    const { AudioContext } = globalThis;
    globalThis.AudioContext = class extends AudioContext {
      /** @param {AudioContextOptions} [options] */
      constructor(options) {
        super(options);
        void this.suspend();
      }

      /** As on a machine without an audio device. @returns {Promise<void>} */
      resume() {
        return new Promise(() => {});
      }
    };
  },
});

pageTest('effects are called in the audio thread, one that traps is left out', SMALL, async (page) => {
  const { failed, quanta } = /** @type {any} */ (await page.evaluate(async () => {
    const { createSound } = await import(new URL('/web/sound.js', location.href).href);
    const { simulation } = /** @type {any} */ (globalThis).motes;
    const trap = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 4, 127, 127, 127, 125, 0, 2, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 1, 0, 128, 128, 4,
      3, 2, 1, 0, 7, 11, 1, 7, 112, 114, 111, 99, 101, 115, 115, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
    const sound = await createSound(simulation, { effects: ['effects/echo.wasm', trap] });
    const failed = new Promise((resolve) => sound.addEventListener('effect', (/** @type {any} */ { detail }) => resolve(detail)));
    await sound.start();
    const told = await failed;
    while (sound.stats.quanta < 100) await new Promise((resolve) => setTimeout(resolve, 20));
    const { quanta } = sound.stats;
    sound.dispose();
    return { failed: told, quanta };
  }));
  assert.match(failed, /^effect 1: /);
  assert.ok(quanta >= 100, 'the others go on');
}, audible);

pageTest('a sound that has ended gives its room back, whatever state its context is in', SMALL, async (page) => {
  const rooms = await page.evaluate(async () => {
    const { createSound } = await import(new URL('/web/sound.js', location.href).href);
    const { simulation } = /** @type {any} */ (globalThis).motes;
    const context = new AudioContext();
    const rooms = [];
    for (const [own, started] of [[false, false], [false, true], [true, false], [true, true]]) {
      const sound = await createSound(simulation, own ? {} : { context });
      rooms.push(sound.room.at);
      if (started) await sound.start();
      await Promise.all([simulation.step(5), sound.dispose()]);
    }
    const at = await simulation.grow(64);
    simulation.release(at);
    return [...rooms, at];
  });
  assert.deepEqual(rooms, Array(5).fill(rooms[0]));
}, audible);

const live = full ? { seconds: 60, search: 'scene=million' } : { seconds: 5, search: 'scene=marbles&set=fill[0].count=5000' };
pageTest(`${live.seconds} seconds of sound while the run goes on: what was missed`, `backend=2d&pause&${live.search}`, async (page) => {
  await page.click('#sound');
  await until(page, 'motes.sound.sound?.playing');
  await page.click('#play');
  await until(page, 'motes.sound.sound.stats.struck > 0', 120_000);
  const [before, steps] = [await soundStats(page), await stepsDone(page)];
  await new Promise((resolve) => setTimeout(resolve, live.seconds * 1000));
  const after = await soundStats(page);
  const [quanta, underruns, overruns] = [after.quanta - before.quanta, after.underruns - before.underruns, after.overruns - before.overruns];
  const rate = ((await stepsDone(page)) - steps) / live.seconds;
  console.log(`# ${live.search}: ${quanta} quanta in ${live.seconds} s, ${underruns} underruns, ${overruns} overruns, ${after.struck - before.struck} notes; ${rate.toFixed(1)} steps/s, a look every ${/** @type {any} */ (after).every} steps`);
  // The device asks for 375 a second at 48,000 frames, 344 at 44,100.
  assert.ok(quanta > 300 * live.seconds, `${quanta} quanta: the audio thread came too late`);
  assert.ok(underruns < quanta / 4, `${underruns} of ${quanta} quanta waited for the run`);
}, audible);

pageTest('the sound of a run has the samples that it has in Node', SMALL, async (page) => {
  const rendered = await page.evaluate(async () => {
    const { createSimulation } = await import(new URL('/web/simulation.js', location.href).href);
    const { renderSound } = await import(new URL('/web/sound-offline.js', location.href).href);
    const simulation = await createSimulation({ scene: await (await fetch('/scenes/marbles.toml')).text(), overrides: ['fill[0].count=500'], threads: 2 });
    const { left } = await renderSound(simulation, { steps: 400, factor: 1 });
    simulation.dispose();
    return [left.length, ...new Uint8Array(await crypto.subtle.digest('SHA-256', left.buffer))];
  });
  const simulation = await createSimulation({ scene: await sceneText('marbles'), overrides: ['fill[0].count=500'], threads: 1, baseUrl });
  const { left } = await renderSound(simulation, { steps: 400, factor: 1 });
  simulation.dispose();
  assert.ok(left.some((x) => x !== 0));
  assert.deepEqual(rendered, [left.length, ...new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {ArrayBuffer} */ (left.buffer)))]);
});
