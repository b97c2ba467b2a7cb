// The JavaScript of README.md and docs/embedding.md, run as it stands there: `./motes/` is the built folder.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, origins } from './support.mjs';

const root = new URL('../../../', import.meta.url);
/** @type {import('puppeteer-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Blocks of JavaScript that stand on their own. @param {string} file */
async function examples(file) {
  const text = await readFile(new URL(file, root), 'utf8');
  return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code).filter((code) => code.includes('import '));
}

/** Serves three.js from node_modules. @param {import('puppeteer-core').HTTPRequest} request */
async function answer(request) {
  const file = /\/three\/(\w[\w.]*)$/.exec(new URL(request.url()).pathname)?.[1];
  if (!file) return request.continue();
  const body = await readFile(new URL(`web/node_modules/three/build/${file}`, root));
  return request.respond({ body, contentType: 'text/javascript', headers: { 'cross-origin-resource-policy': 'same-origin' } });
}

for (const file of ['README.md', 'docs/embedding.md']) {
  for (const [k, code] of (await examples(file)).entries()) {
    test(`example ${k + 1} of ${file}`, { timeout: 120_000 }, async () => {
      const page = await browser.newPage();
      /** @type {string[]} */
      const errors = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.setBypassCSP(true);
      await page.setRequestInterception(true);
      page.on('request', answer);
      // Any document of the server is isolated; this one runs nothing of its own.
      await page.goto(`${origins.isolated}/web/layout.js`);
      const own = code.replaceAll("'./motes/", "'/").replaceAll("from 'three'", "from '/three/three.module.js'");
      const done = `${own}\nglobalThis.simulation = simulation; globalThis.done = true;`;
      await page.addScriptTag({ type: 'module', content: done });
      await page.waitForFunction('globalThis.done === true', { timeout: 60_000 }).catch((error) => {
        throw new Error(`${errors.join('; ') || error}`);
      });
      await page.waitForFunction('simulation.stepsDone > 0', { timeout: 60_000 });
      assert.deepEqual(errors, []);
      const drawn = await page.evaluate('document.querySelector("canvas") === null || document.querySelector("canvas").width > 0');
      assert.equal(drawn, true);
      await page.close();
    });
  }
}
