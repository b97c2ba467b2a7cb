// Modules that are dropped on the page: other builds of the physics, and plug-ins, good and bad.

import assert from 'node:assert/strict';
import { SMALL, notices, origins, pageTests, stepsDone, until } from './support.mjs';

const pageTest = pageTests();

/** Drops a module that was built for tests. @param {import('puppeteer-core').Page} page @param {string} name */
const dropModule = (page, name) =>
  page.evaluate(async (name) => {
    const data = new DataTransfer();
    data.items.add(new File([await (await fetch(`/tests/${name}.wasm`)).arrayBuffer()], `${name}.wasm`));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, name);

/** Hash after a thousand steps of the page's scene, without a word about modules. @param {import('puppeteer-core').Page} page */
const undisturbed = (page) =>
  page.evaluate(async () => {
    const { createSimulation } = await import(new URL('/web/simulation.js', location.href).href);
    const simulation = await createSimulation({ scene: await (await fetch('/scenes/crystal.toml')).text(), threads: 2 });
    await simulation.step(600);
    const hash = String(await simulation.hash());
    simulation.dispose();
    return hash;
  });

const CRYSTAL = 'backend=2d&scene=crystal&threads=2&pause';

pageTest('a dropped build of the physics takes over in mid-run, bad ones cost nothing', CRYSTAL, async (page) => {
  await page.evaluate('motes.simulation.step(500)');
  for (const [name, reason] of Object.entries({ trap: /it trapped/, nan: /not a finite number/, loop: /took longer than/, abi: /version 2 of the ABI/, layout: /another layout.*it has `record \d+ force gravity: pull 3`/ })) {
    await dropModule(page, name);
    await until(page, `${reason}.test(document.getElementById("notices").textContent)`);
    await page.evaluate('motes.notices.clear()');
  }
  await page.evaluate('motes.simulation.step(50)');
  await dropModule(page, 'other');
  await until(page, '/goes on with other.wasm/.test(document.getElementById("notices").textContent)');
  await page.evaluate('motes.simulation.step(50)');
  assert.equal(await page.evaluate('motes.simulation.hash().then(String)'), await undisturbed(page));
});

pageTest('the same on the page\'s own thread', CRYSTAL, async (page) => {
  assert.equal(await page.evaluate('motes.simulation.threads'), 1);
  await page.evaluate('motes.simulation.step(500)');
  await dropModule(page, 'loop');
  await until(page, '/took longer than/.test(document.getElementById("notices").textContent)');
  await dropModule(page, 'other');
  await until(page, '/goes on with other.wasm/.test(document.getElementById("notices").textContent)');
  await page.evaluate('motes.simulation.step(100)');
  assert.equal(await page.evaluate('motes.simulation.hash().then(String)'), await undisturbed(page));
}, { origin: origins.plain });

/** Drops a plug-in. @param {import('puppeteer-core').Page} page @param {string} name */
const dropPlugIn = (page, name) =>
  page.evaluate(async (name) => {
    const data = new DataTransfer();
    data.items.add(new File([await (await fetch(`/plug-ins/${name}.wasm`)).arrayBuffer()], `${name}.wasm`));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, name);

/** Of plug-ins in the scene that the page shows, on so many threads. @param {import('puppeteer-core').Page} page @param {number} threads */
const hashWithThree = (page, threads) =>
  page.evaluate(async (threads) => {
    const { createSimulation } = await import(new URL('/web/simulation.js', location.href).href);
    const plugIns = await Promise.all(['vortex', 'gravity', 'drawn'].map(async (name) =>
      ({ file: `${name}.wasm`, bytes: new Uint8Array(await (await fetch(`/plug-ins/${name}.wasm`)).arrayBuffer()) })));
    const scene = await (await fetch('/scenes/marbles.toml')).text();
    const simulation = await createSimulation({ scene, threads, plugIns });
    await simulation.step(60);
    const hash = String(await simulation.hash());
    simulation.dispose();
    return hash;
  }, threads);

pageTest('two plug-ins in C and one in Rust: one hash on one thread and on four, and in the page that they were dropped on', SMALL.replace('500', '20000'), async (page) => {
  for (const name of ['vortex', 'gravity', 'drawn']) {
    await dropPlugIn(page, name);
    await until(page, `motes.simulation.plugIns.some(({ file }) => file === '${name}.wasm')`);
  }
  await page.evaluate('motes.simulation.step(60)');
  const here = await page.evaluate('motes.simulation.hash().then(String)');
  assert.deepEqual([await hashWithThree(page, 1), await hashWithThree(page, 4)], [here, here]);
  assert.match(String(await page.evaluate('document.getElementById("parameters").textContent')), /Plug-in 1 · vortex/);
});

pageTest('a plug-in has its parameters and what it measures in the panel; one that fails is switched off and told', SMALL, async (page) => {
  await dropPlugIn(page, 'measure');
  await until(page, 'document.querySelector("[data-group=outputs]")');
  await page.evaluate('motes.simulation.step(30)');
  await until(page, 'Number(document.querySelector("[data-group=outputs] output").textContent) !== 0');
  await page.click('#add');
  await until(page, 'motes.simulation.count === 1500');
  // The run goes on; the bad one writes at step 20.
  await page.evaluate('motes.reset()');
  await dropPlugIn(page, 'bad-beyond');
  await until(page, 'motes.simulation.plugIns.length === 2');
  await page.evaluate('motes.simulation.step(60)');
  await until(page, '/bad-beyond.wasm was switched off/.test(document.getElementById("notices").textContent)');
  assert.match(await notices(page), /changed bytes between arrays.*from step 20/);
  assert.equal(await stepsDone(page), 60);
  await dropPlugIn(page, 'refused-imports');
  await until(page, '/imports env.sin/.test(document.getElementById("notices").textContent)');
  // One of a name that is there takes the other's place, with its parameters and those of the others.
  await page.evaluate('window.before = motes.simulation');
  await dropPlugIn(page, 'measure');
  await until(page, 'motes.simulation !== window.before');
  assert.deepEqual(await page.evaluate('motes.simulation.plugIns.map(({ file }) => file)'), ['measure.wasm', 'bad-beyond.wasm']);
});

pageTest('what is drawn on a plug-in\'s grid is what it reads, and a reset keeps it', `${SMALL}&set=force[0].acceleration=[0,0,0]`, async (page) => {
  await dropPlugIn(page, 'drawn');
  await until(page, 'document.querySelector(".pad")');
  // So that the marbles, which begin high above the origin, lie over it.
  await page.evaluate('motes.set("plug-in[0].size", 12)');
  const pad = await page.$('.pad');
  await pad?.scrollIntoView();
  const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await pad?.boundingBox());
  const at = (/** @type {number} */ u, /** @type {number} */ v) => /** @type {const} */ ([box.x + u * box.width, box.y + v * box.height]);
  await page.mouse.move(...at(0.5, 0.15));
  await page.mouse.down();
  for (let k = 0; k < 8; k++) await page.mouse.move(...at(k % 2 ? 0.49 : 0.51, 0.15));
  await page.mouse.up();
  const heights = async () => /** @type {number[]} */ (await page.evaluate('{ const { memory, plugIns: [drawn] } = motes.simulation; [...new Float32Array(memory.buffer, drawn.symbols.POTENTIAL, 4096)] }'));
  await until(page, 'new Float32Array(motes.simulation.memory.buffer, motes.simulation.plugIns[0].symbols.POTENTIAL, 4096)[54 * 64 + 32] > 0.4');
  const drawn = await heights();
  const top = drawn.indexOf(Math.max(...drawn));
  assert.ok(Math.abs((top % 64) - 32) <= 1 && Math.abs(Math.floor(top / 64) - 54) <= 1, `the middle above is raised, most at point ${top}`);
  assert.ok(drawn[30 * 64 + 32] === 0, 'and nothing far from it');
  // The pad shows it: bright where it is high, black where nothing was drawn. Rows of pixels go down.
  const shown = /** @type {number[][]} */ (await page.evaluate('{ const pad = document.querySelector(".pad").getContext("2d"); [[32, 9], [32, 33]].map(([x, y]) => [...pad.getImageData(x, y, 1, 1).data]) }'));
  assert.ok(shown[0][0] > 90 && shown[1].slice(0, 3).every((x) => x === 0), JSON.stringify(shown));
  await page.evaluate('motes.simulation.step(40)');
  const there = await page.evaluate('motes.simulation.hash().then(String)');
  // The same in a run without a page around it.
  const hash = await page.evaluate(async (drawn) => {
    const { createSimulation } = await import(new URL('/web/simulation.js', location.href).href);
    const plugIns = [{ file: 'drawn.wasm', bytes: new Uint8Array(await (await fetch('/plug-ins/drawn.wasm')).arrayBuffer()) }];
    const overrides = ['fill[0].count=500', 'force[0].acceleration=[0,0,0]', 'plug-in[0].size=12'];
    const simulation = await createSimulation({ scene: await (await fetch('/scenes/marbles.toml')).text(), overrides, plugIns, threads: 1 });
    const flat = await simulation.step(40).then(() => simulation.hash());
    await simulation.reset();
    new Float32Array(simulation.memory.buffer, simulation.plugIns[0].symbols.POTENTIAL, 4096).set(drawn);
    await simulation.step(40);
    const hash = await simulation.hash();
    simulation.dispose();
    return hash === flat ? 'it makes no difference' : String(hash);
  }, drawn);
  assert.equal(there, hash);
  await page.click('#reset');
  await until(page, 'motes.simulation.stepsDone === 0 && new Float32Array(motes.simulation.memory.buffer, motes.simulation.plugIns[0].symbols.POTENTIAL, 4096)[54 * 64 + 32] > 0.4');
  await page.focus('.pad');
  await page.keyboard.press('Delete');
  await until(page, 'new Float32Array(motes.simulation.memory.buffer, motes.simulation.plugIns[0].symbols.POTENTIAL, 4096).every((height) => height === 0)');
});

pageTest('without isolation: a plug-in that does not come back is tried first, and refused by name', SMALL, async (page) => {
  await dropPlugIn(page, 'bad-stuck');
  await until(page, '/bad-stuck.wasm: it took longer than/.test(document.getElementById("notices").textContent)');
  await dropPlugIn(page, 'vortex');
  await until(page, 'motes.simulation.plugIns.length === 1');
  await page.evaluate('motes.simulation.step(10)');
  assert.equal(await stepsDone(page), 10);
}, { origin: origins.plain });
