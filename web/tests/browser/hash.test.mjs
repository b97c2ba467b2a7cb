// The host and physics.wasm in a real browser, with shared memory and without: the same golden hashes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';

const browserName = process.env.MOTES_BROWSER === 'firefox' ? 'firefox' : 'chrome';
const origins = { isolated: process.env.MOTES_ISOLATED ?? '', plain: process.env.MOTES_PLAIN ?? '' };
const executablePath = browserName === 'firefox' ? '/usr/bin/firefox-esr' : '/usr/bin/chromium';

/** @type {Record<string, string>} */
const golden = JSON.parse(await readFile(new URL('../../../scenes/golden.json', import.meta.url), 'utf8'));

/** All of them in the long form. */
const presets = process.env.MOTES_FULL === '1' ? Object.keys(golden) : ['crystal', 'fountain', 'marbles'];

/** @type {import('puppeteer-core').Browser} */
let browser;

before(async () => {
  // Chromium's own sandbox does not work for root in a container; what it runs here is ours.
  browser = await puppeteer.launch({ browser: browserName, executablePath, headless: true, args: browserName === 'chrome' ? ['--no-sandbox'] : [] });
});
after(() => browser?.close());

/**
 * Runs a preset in a page of that origin. Any document of the origin will do, since the host needs none of its own.
 * @param {string} origin
 * @param {string} name
 */
async function runPreset(origin, name) {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/web/layout.js`);
    return await page.evaluate(async (name) => {
      const { createSimulation } = await import(new URL('/web/simulation.js', location.href).href);
      const scene = await (await fetch(`/scenes/${name}.toml`)).text();
      const simulation = await createSimulation({ scene, name, threads: 2 });
      await simulation.step(1000);
      const hash = await simulation.hash();
      const frame = simulation.takeFrame();
      const answer = { hash: `0x${hash.toString(16).padStart(16, '0')}`, isolated: crossOriginIsolated, threads: simulation.threads, step: frame?.step };
      simulation.dispose();
      return answer;
    }, name);
  } finally {
    await page.close();
  }
}

for (const [way, origin] of Object.entries(origins)) {
  for (const name of presets) {
    test(`${browserName}, ${way}: ${name}`, { timeout: 300_000 }, async () => {
      const { hash, isolated, threads, step } = await runPreset(origin, name);
      assert.equal(isolated, way === 'isolated', 'the headers do what they should');
      assert.equal(threads, way === 'isolated' ? 2 : 1);
      assert.equal(step, 1000, 'the last frame is there');
      assert.equal(hash, golden[name]);
    });
  }
}
