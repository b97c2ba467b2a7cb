// The page on a real graphics backend: what it draws is what physics says, uploads come straight out of the block, and lost
// graphics come back while the run goes on. MOTES_GRAPHICS is `webgpu` or `webgl2`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tableOf } from '../../page/colormaps.js';
import { browserName, launch, open, until } from './support.mjs';

const graphics = process.env.MOTES_GRAPHICS === 'webgl2' ? 'webgl2' : 'webgpu';
const called = graphics === 'webgpu' ? 'WebGPU' : 'WebGL2';
const SIZE = { width: 340, height: 330 };
const SCENE = `backend=${graphics}&scene=marbles&set=fill[0].count=400&set=species[0].radius=0.08&threads=2&pause`;

/** @type {import('puppeteer-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * @param {string} name
 * @param {(page: import('puppeteer-core').Page) => Promise<void>} body
 * @param {() => void} [prepare] runs in the page before its own scripts
 * @param {string} [search]
 */
function graphicsTest(name, body, prepare, search = SCENE) {
  test(`${browserName}, ${called}: ${name}`, { timeout: 300_000 }, async () => {
    const { page, errors } = await open(browser, search, { ...SIZE, before: prepare });
    try {
      assert.equal(await page.evaluate('motes.view.backend'), called, String(await page.evaluate('document.getElementById("notices").textContent')));
      await body(page);
      assert.deepEqual(errors, [], 'nothing was thrown in the page');
    } finally {
      await page.close();
    }
  });
}

/** Notes every upload that comes from another buffer than the renderer's own heap, and every device. */
function watchUploads() {
  const scope = /** @type {any} */ (globalThis);
  scope.uploads = [];
  scope.devices = [];
  scope.ownThreadSteps = 0;
  const note = (/** @type {any} */ data, offset = 0, size = 0) => {
    const view = ArrayBuffer.isView(data);
    const bytes = view ? data.byteLength : size || data?.byteLength;
    if (bytes >= 1024) scope.uploads.push({ buffer: view ? data.buffer : data, offset: (view ? data.byteOffset : 0) + offset, bytes });
  };
  if (scope.GPUQueue) {
    const write = scope.GPUQueue.prototype.writeBuffer;
    scope.GPUQueue.prototype.writeBuffer = function (/** @type {any[]} */ ...args) {
      note(args[2], args[3], args[4]);
      return write.apply(this, args);
    };
    const request = scope.GPUAdapter.prototype.requestDevice;
    scope.GPUAdapter.prototype.requestDevice = async function (/** @type {any[]} */ ...args) {
      const device = await request.apply(this, args);
      scope.devices.push(device);
      return device;
    };
  }
  const texSubImage2D = WebGL2RenderingContext.prototype.texSubImage2D;
  /** @type {any} */ (WebGL2RenderingContext.prototype).texSubImage2D = function (/** @type {any[]} */ ...args) {
    note(args[8]);
    return texSubImage2D.apply(this, /** @type {any} */ (args));
  };
  const instantiate = WebAssembly.instantiate;
  /** @type {any} */ (WebAssembly).instantiate = async (/** @type {any} */ module, /** @type {any} */ imports) => {
    const result = /** @type {any} */ (await instantiate(module, imports));
    const exports = (result.instance ?? result).exports;
    if (exports.motes_step) scope.ownThreadSteps++;
    return result;
  };
}

graphicsTest('a real adapter of this kind', async (page) => {
  const found = await page.evaluate(graphics === 'webgpu'
    ? 'navigator.gpu.requestAdapter().then((adapter) => adapter !== null)'
    : 'document.createElement("canvas").getContext("webgl2") instanceof WebGL2RenderingContext');
  assert.equal(found, true);
  const { status, first } = /** @type {any} */ (await page.evaluate('({ status: document.getElementById("status").textContent, first: motes.firstFrameMs })'));
  assert.ok(status.includes(called), status);
  console.log(`# ${browserName} ${called}: first picture after ${Math.round(first)} ms; adapter ${await page.evaluate('motes.view.adapter')}`);
});

/** Hue in degrees, and how much of it there is. @param {number[]} rgb */
function hueOf([r, g, b]) {
  const max = Math.max(r, g, b), chroma = max - Math.min(r, g, b);
  if (chroma === 0) return { hue: 0, chroma };
  const sixth = max === r ? ((g - b) / chroma + 6) % 6 : max === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  return { hue: sixth * 60, chroma };
}

graphicsTest('pixels are where and of the colour that physics says', async (page) => {
  await page.evaluate('motes.step(200)');
  for (const [path, value] of [['view.bounds', 0], ['view.colormap', 3], ['view.color_max', 5]]) await page.evaluate(`motes.set('${path}', ${value})`);
  await until(page, 'motes.frame.step === 200');
  const [width, height] = [320, 240];
  const shot = /** @type {any} */ (await page.evaluate(async (width, height) => {
    const { motes } = /** @type {any} */ (globalThis);
    const pixels = await motes.view.capture(width, height);
    const rows = new Float32Array(motes.simulation.memory.buffer, motes.frame.byteOffset, 4 * motes.frame.particleCount);
    const spheres = motes.simulation.parameters.filter((/** @type {any} */ p) => p.kindName === 'sphere' && p.name === 'center').map((/** @type {any} */ p) => p.values);
    const canvas = document.querySelector('canvas');
    return { pixels: [...pixels], rows: [...rows], clip: [...motes.view.clipFromWorld()], aspect: (canvas?.width ?? 1) / (canvas?.height ?? 1), spheres };
  }, width, height));
  const { rows, clip, pixels } = shot;
  // The matrix is that of the canvas; the picture taken has its own aspect: one of the two axes differs by their ratio.
  /** @type {{x: number, y: number, w: number, scalar: number}[]} */
  const seen = [];
  for (let k = 0; k < rows.length; k += 4) {
    const at = [0, 1, 2, 3].map((r) => clip[r] * rows[k] + clip[4 + r] * rows[k + 1] + clip[8 + r] * rows[k + 2] + clip[12 + r]);
    seen.push({ x: at[0] / at[3], y: at[1] / at[3], w: at[3], scalar: rows[k + 3] });
  }
  const table = tableOf('turbo');
  const pixel = (/** @type {number} */ x, /** @type {number} */ y) => pixels.slice(4 * (y * width + x), 4 * (y * width + x) + 3);
  const background = pixel(0, 0);
  const differs = (/** @type {number[]} */ rgb) => Math.max(...rgb.map((value, c) => Math.abs(value - background[c]))) > 24;
  const placings = [1, (width / height) / shot.aspect].flatMap((ratio) => [{ sx: 1 / ratio, sy: 1 }, { sx: 1, sy: ratio }]);
  const results = placings.map(({ sx, sy }) => {
    const placed = seen.map((s) => ({ ...s, px: Math.round((s.x * sx + 1) * width / 2 - 0.5), py: Math.round((1 - s.y * sy) * height / 2 - 0.5) }))
      .filter(({ px, py }) => px >= 0 && py >= 0 && px < width && py < height).sort((a, b) => a.w - b.w);
    const nearest = placed.filter((s, k) => placed.slice(0, k).every((o) => Math.hypot(o.px - s.px, o.py - s.py) > 8)).slice(0, 12);
    const right = nearest.filter(({ px, py, scalar }) => {
      const entry = 3 * Math.round(Math.min(Math.max(scalar / 5, 0), 1) * 255);
      const wanted = hueOf([...table.subarray(entry, entry + 3)]), got = hueOf(pixel(px, py));
      const apart = Math.abs(wanted.hue - got.hue);
      return got.chroma > 20 && Math.min(apart, 360 - apart) < 25;
    });
    return { right: right.length, of: nearest.length, placed };
  });
  const best = results.reduce((a, b) => (b.right > a.right ? b : a));
  assert.ok(best.of >= 8 && best.right >= 0.8 * best.of, `${results.map(({ right, of }) => `${right} of ${of}`)} particles have their colour`);
  const margin = [[2, 2], [width - 3, 2]].filter(([x, y]) => best.placed.every(({ px, py }) => Math.hypot(px - x, py - y) > 30));
  for (const [x, y] of margin) assert.ok(!differs(pixel(x, y)), `background at ${x}, ${y}`);
  assert.ok(best.placed.length < rows.length, 'something to compare');
});

graphicsTest('uploads come out of the block, at the slot of the frame taken', async (page) => {
  const answer = /** @type {any} */ (await page.evaluate(async () => {
    const scope = /** @type {any} */ (globalThis);
    const { motes } = scope;
    const seen = [];
    for (let k = 0; k < 6; k++) {
      scope.uploads.length = 0;
      const before = motes.frame.frameNumber;
      await motes.step(2);
      while (motes.frame.frameNumber === before) await new Promise(requestAnimationFrame);
      const { buffer } = motes.simulation.memory;
      const own = scope.uploads.filter((/** @type {any} */ u) => u.buffer === buffer && u.offset === motes.frame.byteOffset && u.bytes >= motes.frame.byteLength);
      seen.push({ own: own.length, all: scope.uploads.length, offset: motes.frame.byteOffset });
    }
    return { seen, steps: scope.ownThreadSteps };
  }));
  for (const { own, all } of answer.seen) assert.deepEqual({ own, all }, { own: 1, all: 1 }, 'one upload a frame, of the block itself');
  assert.ok(new Set(answer.seen.map((/** @type {any} */ s) => s.offset)).size >= 2, 'slots alternate');
  assert.equal(answer.steps, 0, 'physics was never instantiated on the page thread');
}, watchUploads, `backend=${graphics}&scene=marbles&set=fill[0].count=3000&threads=2&pause`);

graphicsTest('a million particles: the renderer holds none of them, and the page thread stays free', async (page) => {
  const heap = async () => Number(await page.evaluate(`motes.rendererExports.get('${graphics}').memory.buffer.byteLength`));
  const small = await heap();
  await page.evaluate('motes.set("fill[0].count", 1000000).then(() => motes.reset())');
  await until(page, 'motes.frame?.particleCount === 1000000', 120_000);
  await page.evaluate('motes.play()');
  const from = Number(await page.evaluate('motes.frame.frameNumber'));
  await until(page, `motes.frame.frameNumber > ${from + 1}`, 180_000);
  const grown = (await heap()) - small;
  assert.ok(grown < 1 << 20, `the renderer's heap grew by ${grown} bytes`);
  assert.equal(await page.evaluate('ownThreadSteps'), 0, 'physics was never instantiated on the page thread');
  await page.evaluate('new Promise((resolve) => document.defaultView.setTimeout(resolve, 2500))');
  await until(page, 'motes.rates.steps > 0', 120_000);
  const rates = await page.evaluate('motes.rates');
  console.log(`# ${browserName} ${called}: a million particles ${JSON.stringify(rates)}; the renderer's heap grew by ${grown} bytes`);
}, watchUploads, `backend=${graphics}&scene=marbles&set=fill[0].count=10000&set=view.mode=points&threads=1&pause`);

const lose = graphics === 'webgpu' ? 'devices.at(-1).destroy()' : 'document.querySelector("canvas").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext()';

/**
 * Loses graphics, then does the work. Firefox 153 itself ends when a WebGPU device is destroyed while a picture is on its way, so there
 * the picture is at rest; elsewhere the work is under way.
 * @param {import('puppeteer-core').Page} page @param {string} work
 */
async function loseDuring(page, work) {
  if (browserName === 'firefox' && graphics === 'webgpu') {
    await page.evaluate('new Promise((resolve) => document.defaultView.setTimeout(resolve, 400))');
    return page.evaluate(`${lose}; ${work}`);
  }
  const running = page.evaluate(work);
  await page.evaluate(lose);
  return running;
}

graphicsTest('lost graphics come back; the run and its hash do not notice', async (page) => {
  const hash = async () => String(await page.evaluate('motes.simulation.hash().then(String)'));
  await page.evaluate('motes.step(300)');
  const undisturbed = await hash();
  await page.evaluate('motes.reset()');
  await page.evaluate('motes.view.orbit(60, 20)');
  await page.evaluate('motes.stage.adjust(() => {})');
  const camera = await page.evaluate('[...motes.view.camera()]');
  await page.evaluate('new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))');
  const running = loseDuring(page, 'motes.step(300)');
  await until(page, '/Graphics restarted/.test(document.getElementById("notices").textContent)', 60_000);
  await running;
  assert.equal(await page.evaluate('motes.stage.restarts'), 1);
  assert.equal(await page.evaluate('motes.view.backend'), called);
  assert.equal(await hash(), undisturbed);
  assert.deepEqual(await page.evaluate('[...motes.view.camera()]'), camera);
  const colours = Number(await page.evaluate('motes.view.capture(160, 120).then((data) => new Set(new Uint32Array(data.buffer)).size)'));
  assert.ok(colours > 20, `the new picture has ${colours} colours`);
}, watchUploads);

graphicsTest('graphics lost again and again: the next backend, and no end of the run', async (page) => {
  for (let k = 1; k <= 4; k++) {
    await loseDuring(page, '0');
    await until(page, `motes.stage.restarts === ${k} && motes.view !== undefined`, 60_000);
  }
  assert.notEqual(await page.evaluate('motes.view.backend'), called);
  await page.evaluate('motes.step(10)');
  assert.equal(await page.evaluate('motes.simulation.stepsDone'), 10);
}, watchUploads);
