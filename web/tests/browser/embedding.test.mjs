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

/** Puts three.js from node_modules into the page; the server has only the project's own files. @param {import('puppeteer-core').Page} page @returns {Promise<string>} its address */
async function provideThree(page) {
  const [core, module] = await Promise.all(['core', 'module'].map((part) => readFile(new URL(`web/node_modules/three/build/three.${part}.js`, root), 'utf8')));
  return page.evaluate((core, module) => {
    const blob = (/** @type {string} */ text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    return blob(module.replaceAll('./three.core.js', blob(core)));
  }, core, module);
}

for (const file of ['README.md', 'docs/embedding.md']) {
  for (const [k, code] of (await examples(file)).entries()) {
    test(`example ${k + 1} of ${file}`, { timeout: 120_000 }, async () => {
      const page = await browser.newPage();
      /** @type {string[]} */
      const errors = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.setBypassCSP(true);
      // Any document of the server is isolated; this one runs nothing of its own.
      await page.goto(`${origins.isolated}/web/layout.js`);
      const three = code.includes("'three'") ? await provideThree(page) : '';
      const own = code.replaceAll("'./motes/", "'/").replaceAll("from 'three'", `from '${three}'`);
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
