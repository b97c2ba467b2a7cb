// The comparison of ways from module to page: every way brings the same words, a wrong word is noticed, and the page shows it. Nothing is timed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { check, expected } from '../../bench/frame.js';
import { WAYS } from '../../bench/ways.js';
import { browserName, launch, origins, until } from './support.mjs';

const BYTES = 1_000_000, FRAMES = 4;
const names = Object.keys(WAYS);
/** The bytes of arrays that each way makes for a frame: none, or the frame's; a clone is of the whole memory, in pages of 65,536 bytes. @type {Record<string, number>} */
const ALLOCATED = { 'exported-slice': BYTES, transfer: BYTES, clone: 16 * 65_536 };

/** @type {import('puppeteer-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A frame as it should be. @param {number} frame */
const right = (frame) => Float32Array.from({ length: BYTES / 4 }, (_, word) => expected(word, frame));

/** Measures a way in a page of that origin; what it throws comes back as `error`. @param {string} origin @param {string} name @param {number} [bytes] */
async function measured(origin, name, bytes = BYTES) {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/web/bench/frame.js`);
    return await page.evaluate(async (name, bytes, frames) => {
      const { measure } = await import(new URL('/web/bench/bridge.js', location.href).href);
      return measure(name, bytes, frames).catch((/** @type {Error} */ error) => ({ error: error.message }));
    }, name, bytes, FRAMES);
  } finally {
    await page.close();
  }
}

test('a reader notices a word of another frame, a word too few and a word that is wrong', () => {
  const words = BYTES / 4;
  assert.ok(check(right(3), words, 3) > 0);
  assert.throws(() => check(right(2), words, 3), /of frame 3 is/);
  assert.throws(() => check(right(3).subarray(1), words, 3), /249999 words/);
  const last = right(3);
  last[words - 1] += 1;
  assert.throws(() => check(last, words, 3), /word 249999 of frame 3/);
});

for (const [kind, origin] of Object.entries(origins)) {
  for (const name of names) {
    test(`${browserName}, ${kind}: ${name}`, { timeout: 120_000 }, async () => {
      const answer = await measured(origin, name);
      if (kind === 'plain' && WAYS[name].shares) {
        assert.match(answer.error, /may not share memory.*cargo xtask web/);
        return;
      }
      assert.equal(answer.error, undefined);
      let sum = 0;
      for (let frame = 1; frame <= FRAMES; frame++) sum += check(right(frame), BYTES / 4, frame);
      assert.equal(answer.checksum, sum, 'the words that were looked at');
      assert.equal(answer.bridge.length, FRAMES);
      assert.equal(answer.writing.length, FRAMES);
      assert.equal(answer.allocated, ALLOCATED[name] ?? 0, 'bytes of arrays made for a frame');
    });
  }
}

test(`${browserName}: what cannot be measured is refused`, { timeout: 60_000 }, async () => {
  assert.match((await measured(origins.isolated, 'pigeon')).error, /no way `pigeon`; there are imported-view/);
  assert.match((await measured(origins.isolated, 'transfer', 1000)).error, /multiple of 16/);
});

test(`${browserName}: the page fills its table`, { timeout: 240_000 }, async () => {
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${origins.isolated}/web/bench/bridge.html?frames=1&most=1`);
  await page.click('#run');
  await until(page, 'document.getElementById("progress").textContent.startsWith("Done")', 200_000);
  assert.equal(await page.evaluate('document.getElementById("progress").textContent'), 'Done; every frame arrived as it was written.');
  const rows = /** @type {string[]} */ (await page.evaluate('[...document.querySelectorAll("tbody tr")].map((row) => row.children[1].textContent)'));
  assert.equal(rows.length, names.length);
  for (const row of rows) assert.match(row, /^\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)writing \d+\.\d\d, new \d/);
  assert.deepEqual(errors, []);
  await page.close();
});
