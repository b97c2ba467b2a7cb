// The page as a person meets it, drawn by the 2D preview: buttons, panel, keys, files, links, labels, narrow windows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { stopsOf } from '../../page/colormaps.js';
import { SMALL, notices, open, origins, pageTests, stepsDone, until } from './support.mjs';

const pageTest = pageTests();

/** Drops a file on the page. @param {import('puppeteer-core').Page} page @param {string} name @param {string} text */
const drop = (page, name, text) =>
  page.evaluate((name, text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, name, text);

test('legend colours are those of the renderer', async () => {
  for (const name of ['viridis', 'cividis', 'batlow', 'turbo']) {
    const all = (await readFile(new URL(`../../../renderer/colormaps/${name}.txt`, import.meta.url), 'utf8')).trim().split(/\s+/);
    assert.deepEqual(stopsOf(name), Array.from({ length: 17 }, (_, k) => `#${all[Math.round((k * 255) / 16)]}`));
  }
});

pageTest('the status line is filled and the panel has every parameter', SMALL, async (page) => {
  await until(page, '/500/.test(document.querySelector("[data-name=count]").textContent)');
  const status = String(await page.evaluate('document.getElementById("status").textContent'));
  assert.match(status, /2D preview/);
  const { declared, shown, late } = /** @type {any} */ (await page.evaluate(`({
    declared: motes.simulation.parameters.map((p) => p.path).sort(),
    shown: [...document.querySelectorAll('.parameter')].map((row) => row.dataset.path).sort(),
    late: motes.simulation.parameters.filter((p) => !p.live).every((p) => [...document.querySelectorAll('.parameter')].find((row) => row.dataset.path === p.path).textContent.includes('takes effect at reset')),
  })`));
  assert.ok(declared.length > 20);
  assert.deepEqual(shown, declared);
  assert.ok(late);
});

pageTest('something is drawn', SMALL, async (page) => {
  const colours = await page.evaluate('motes.view.capture(160, 120).then((data) => new Set(new Uint32Array(data.buffer)).size)');
  assert.ok(Number(colours) > 50, `${colours} colours`);
});

pageTest('play, pause, step and reset by their buttons', SMALL, async (page) => {
  assert.equal(await stepsDone(page), 0);
  await page.click('#play');
  await until(page, 'motes.simulation.stepsDone > 8');
  await page.click('#play');
  await page.evaluate('motes.simulation.pause()');
  const paused = await stepsDone(page);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await stepsDone(page), paused, 'it stands still');
  await page.click('#step');
  await until(page, `motes.simulation.stepsDone === ${paused + 1}`);
  await page.click('#reset');
  await until(page, 'motes.simulation.stepsDone === 0');
});

pageTest('a live value acts at once, another at the reset', SMALL, async (page) => {
  await page.evaluate(`{
    const row = [...document.querySelectorAll('.parameter')].find((row) => row.dataset.path === 'force[0].acceleration');
    const input = row.querySelectorAll('input')[1];
    input.value = '3';
    input.dispatchEvent(new Event('change'));
  }`);
  await until(page, 'motes.session.overrides.get("force[0].acceleration") === "[0, 3, 0]"');
  await page.evaluate('motes.step(10)');
  const diagnostics = /** @type {any} */ (await page.evaluate('motes.simulation.diagnostics()'));
  assert.ok(diagnostics.momentum_y > 0, 'marbles fall upwards');
  await page.evaluate('motes.set("fill[0].count", 700)');
  assert.equal(await page.evaluate('motes.simulation.count'), 500);
  await page.evaluate('motes.reset()');
  assert.equal(await page.evaluate('motes.simulation.count'), 700);
});

pageTest('a value out of range is refused in words', SMALL, async (page) => {
  const message = await page.evaluate('motes.set("dt", -1).catch((error) => error.message)');
  assert.match(String(message), /dt takes numbers from/);
  await page.evaluate('motes.set("fill[0].count", 1e9)');
  await page.click('#reset');
  await until(page, '/1000000000 particles/.test(document.getElementById("notices").textContent)');
  assert.equal(await page.evaluate('motes.simulation.count'), 500, 'the run is as it was');
});

pageTest('another preset', SMALL, async (page) => {
  await until(page, 'document.getElementById("preset").options.length >= 4');
  await page.select('#preset', 'crystal');
  await until(page, 'motes.simulation.parameters.some((p) => p.kindName === "lennard-jones")');
  assert.equal(await page.evaluate('motes.simulation.count'), 4000);
  assert.match(String(await page.evaluate('document.getElementById("title").textContent')), /crystal/i);
});

pageTest('a dropped XYZ file is shown; a truncated one is refused and the run goes on', SMALL, async (page) => {
  await drop(page, 'three.xyz', '3\n\nA 0 1 0\nA 1 2 0\nA 0 2 1\n');
  await until(page, 'motes.simulation.count === 3');
  await page.click('#play');
  await until(page, 'motes.simulation.stepsDone > 4');
  await drop(page, 'cut.xyz', '3\n\nA 0 1 0\nA 1 2 0\n');
  await until(page, '/ends after 2 of 3 particles/.test(document.getElementById("notices").textContent)');
  const now = await stepsDone(page);
  await until(page, `motes.simulation.stepsDone > ${now + 4}`);
  assert.equal(await page.evaluate('motes.simulation.count'), 3);
});

pageTest('tables and arrays can be dropped too; a bad one is told with its line', SMALL, async (page) => {
  await drop(page, 'four.csv', 'x,y,z,vx,vy,vz\n0,1,0,0,0,0\n1,2,0,0,0,0\n0,2,1,0,0,0\n0,3,1,0,0,0\n');
  await until(page, 'motes.simulation.count === 4');
  await drop(page, 'bad.csv', 'x,y,z\n0,1,0\n0,nan,0\n');
  await until(page, '/position y is not finite/.test(document.getElementById("notices").textContent)');
  assert.match(await notices(page), /bad\.csv:3:3/);
  await drop(page, 'two.ply', 'ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 1 0\n1 1 1\n');
  await until(page, 'motes.simulation.count === 2');
  await page.click('#step');
  await until(page, 'motes.simulation.stepsDone === 1');
  await page.click('#reset');
  await until(page, 'motes.simulation.stepsDone === 0');
});

pageTest('while a long file is read, a notice says how far', SMALL, async (page) => {
  await page.evaluate(`{
    let row = 0;
    const line = new TextEncoder().encode('0,1,0\\n'.repeat(100));
    const init = () => {
      row = 0;
      return new ReadableStream({ async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.enqueue(row++ === 0 ? new TextEncoder().encode('x,y,z\\n') : line);
        if (row > 20) controller.close();
      } });
    };
    void motes.load({ ...motes.session.source, init, initName: 'slow.csv' });
  }`);
  await until(page, '/Reading slow.csv.*MiB/.test(document.getElementById("notices").textContent)');
  await until(page, 'motes.simulation.count === 2000');
  await until(page, '!/Reading/.test(document.getElementById("notices").textContent)');
});

pageTest('a dropped scene runs; a wrong one is shown whole and as text', SMALL, async (page) => {
  await drop(page, 'wrong.toml', 'version = 1\nfoo = "<img src=x onerror=alert(1)>"\ndt = -1\n');
  await until(page, '/unknown field `foo`/.test(document.getElementById("notices").textContent)');
  assert.match(await notices(page), /`dt` = -1 is out of range/, 'all errors, not the first alone');
  assert.equal(await page.evaluate('document.querySelectorAll("#notices img").length'), 0);
  await drop(page, 'own.toml', 'version = 1\ntitle = "Mine"\n[[force]]\nkind = "gravity"\n[[species]]\nname = "a"\n[[fill]]\nkind = "random"\ncount = 7\n');
  await until(page, 'motes.simulation.count === 7');
  assert.equal(await page.evaluate('document.getElementById("title").textContent'), 'Mine');
});

pageTest('what is wrong with the address is told', 'backend=quantum&scene=nowhere&threads=-3&set=foo=1&set=nothing&camera=1,2&odd=1&pause', async (page) => {
  const told = await notices(page);
  for (const words of ['backend=quantum', 'no preset “nowhere”', 'threads=-3', 'unknown field `foo`', 'set=nothing', 'camera=1,2', '“odd”']) assert.ok(told.includes(words), words);
  assert.ok(await page.evaluate('motes.simulation.count > 0'));
});

pageTest('keys', SMALL, async (page) => {
  await page.focus('canvas');
  const before = await page.evaluate('[...motes.view.camera()]');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('+');
  const after = await page.evaluate('[...motes.view.camera()]');
  assert.notDeepEqual(after, before);
  await page.keyboard.press('Home');
  assert.deepEqual(await page.evaluate('[...motes.view.camera()]'), before);
  await page.keyboard.press('.');
  await until(page, 'motes.simulation.stepsDone === 1');
  await page.keyboard.press(' ');
  await until(page, 'motes.simulation.stepsDone > 5');
  await page.keyboard.press(' ');
  await until(page, '!motes.pace.playing');
  await page.keyboard.press('r');
  await until(page, 'motes.simulation.stepsDone === 0');
  await page.keyboard.press('?');
  await until(page, 'document.getElementById("help-dialog").open');
  await page.keyboard.press('Escape');
  await until(page, '!document.getElementById("help-dialog").open');
});

pageTest('drag, wheel and the camera', SMALL, async (page) => {
  const before = /** @type {number[]} */ (await page.evaluate('[...motes.view.camera()]'));
  await page.mouse.move(200, 350);
  await page.mouse.down();
  await page.mouse.move(260, 380, { steps: 4 });
  await page.mouse.up();
  await page.mouse.wheel({ deltaY: 200 });
  await until(page, `motes.view.camera()[2] > ${before[2]}`);
  const turned = /** @type {number[]} */ (await page.evaluate('[...motes.view.camera()]'));
  assert.notEqual(turned[0], before[0]);
  assert.notEqual(turned[1], before[1]);
  assert.deepEqual(turned.slice(3), before.slice(3), 'the point looked at stays');
});

pageTest('every control has a name', SMALL, async (page) => {
  const nameless = await page.evaluate(`[...document.querySelectorAll('button, input, select, summary, canvas, [role=group]')].filter((e) =>
    !(e.getAttribute('aria-label') || [...(e.labels ?? [])].some((label) => label.textContent.trim()) || (e.matches('button, summary') && e.textContent.trim()))).map((e) => e.outerHTML)`);
  assert.deepEqual(nameless, []);
});

pageTest('a shared link shows the same', SMALL, async (page) => {
  await page.evaluate('motes.set("view.colormap", 3)');
  await page.evaluate('motes.set("force[0].acceleration", [1, -9, 0.5])');
  await page.focus('canvas');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('-');
  const camera = /** @type {number[]} */ (await page.evaluate('[...motes.view.camera()]'));
  const link = new URL(String(await page.evaluate('motes.link()')));
  const { page: other } = await open(page.browser(), `${link.searchParams}&pause`);
  try {
    const there = /** @type {any} */ (await other.evaluate(`({
      camera: [...motes.view.camera()], count: motes.simulation.count,
      fall: motes.simulation.parameters.find((p) => p.path === 'force[0].acceleration').values,
      map: motes.simulation.parameters.find((p) => p.path === 'view.colormap').values,
      complaints: document.getElementById('notices').textContent,
    })`));
    camera.forEach((value, k) => assert.ok(Math.abs(value - there.camera[k]) <= 1e-5 * Math.max(1, Math.abs(value)), `camera ${k}`));
    assert.deepEqual({ ...there, camera: 0 }, { camera: 0, count: 500, fall: [1, -9, 0.5], map: [3], complaints: '' });
  } finally {
    await other.close();
  }
});

/** Moves the scrub bar as a drag would, once it reaches so far. @param {import('puppeteer-core').Page} page @param {number} moment */
async function scrub(page, moment) {
  await until(page, `Number(document.getElementById('scrub').max) >= ${moment}`);
  await page.evaluate(`{
    const bar = document.getElementById('scrub');
    bar.value = '${moment}';
    bar.dispatchEvent(new Event('input', { bubbles: true }));
  }`);
}

pageTest('the scrub bar goes to any moment of the run', SMALL, async (page) => {
  await until(page, 'motes.timeline.recorder');
  await page.evaluate('motes.step(40)');
  const hash = await page.evaluate('motes.simulation.hash().then(String)');
  await page.evaluate('motes.step(60)');
  await until(page, 'document.getElementById("scrub").max === "100" && document.getElementById("scrub").value === "100"');
  const box = /** @type {import('puppeteer-core').BoundingBox} */ (await (await page.$('#scrub'))?.boundingBox());
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width - 8, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, y, { steps: 8 });
  await page.mouse.up();
  await until(page, 'motes.simulation.stepsDone > 30 && motes.simulation.stepsDone < 70');
  await scrub(page, 40);
  await until(page, 'motes.simulation.stepsDone === 40 && document.getElementById("moment").textContent === "step 40"');
  assert.equal(await page.evaluate('motes.simulation.hash().then(String)'), hash, 'the very state');
  await page.click('#back');
  await until(page, 'motes.simulation.stepsDone === 39');
  await page.focus('canvas');
  await page.keyboard.press(',');
  await until(page, 'motes.simulation.stepsDone === 38');
  await until(page, 'document.getElementById("scrub").getAttribute("aria-valuetext") === "Step 38 of 0 to 100"');
  await page.evaluate('motes.step(2)');
  assert.equal(await page.evaluate('motes.simulation.hash().then(String)'), hash, 'and the run goes on from there');
  await until(page, 'document.getElementById("scrub").max === "40"');
});

pageTest('the panel shows the values of the moment', SMALL, async (page) => {
  await until(page, 'motes.timeline.recorder');
  await page.evaluate('motes.step(20)');
  await page.evaluate('motes.set("force[0].acceleration", [0, 7, 0])');
  await page.evaluate('motes.step(20)');
  const shown = `Number([...document.querySelectorAll('.parameter')].find((row) => row.dataset.path === 'force[0].acceleration').querySelectorAll('input')[1].value)`;
  await scrub(page, 10);
  await until(page, `motes.simulation.stepsDone === 10 && ${shown} < 0`);
  await scrub(page, 30);
  await until(page, `motes.simulation.stepsDone === 30 && ${shown} === 7`);
});

pageTest('a branch is compared with what would have been', SMALL, async (page) => {
  await until(page, 'motes.timeline.recorder');
  await page.evaluate('motes.step(20)');
  await page.click('#branch');
  await until(page, 'document.getElementById("branch").getAttribute("aria-pressed") === "true" && !document.getElementById("compare").disabled');
  await page.evaluate('motes.set("force[0].acceleration", [0, 9, 0])');
  await page.evaluate('motes.step(30)');
  await page.click('#compare');
  await until(page, '/A and B at step 50, 30 steps after the branch/.test(document.getElementById("notices").textContent)');
  const told = await notices(page);
  assert.match(told, /the same 500 particles are 0\.\d+ apart in the mean/);
  assert.equal(await stepsDone(page), 50);
});

pageTest('a recording is saved, dropped on the page and looked at; a damaged one is refused', SMALL, async (page) => {
  await until(page, 'motes.timeline.recorder');
  await page.evaluate('motes.step(64)');
  const dropped = (/** @type {string} */ cut) => page.evaluate(`motes.timeline.recorder.file().then((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([bytes.subarray(0, bytes.length - ${cut})], 'run.mtr'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  })`);
  await dropped('3');
  await until(page, '/byte [0-9]+: the file ends in a frame/.test(document.getElementById("notices").textContent)');
  await dropped('0');
  await until(page, '/frame 1 of 5, step 0/.test(document.getElementById("moment").textContent)');
  const first = await page.evaluate('motes.view.capture(160, 120).then((data) => [...data].join())');
  await scrub(page, 4);
  await until(page, '/frame 5 of 5, step 64/.test(document.getElementById("moment").textContent)');
  assert.notEqual(await page.evaluate('motes.view.capture(160, 120).then((data) => [...data].join())'), first, 'another picture');
  await page.click('#step');
  await until(page, 'motes.simulation.stepsDone === 65 && document.getElementById("moment").textContent === "step 65"');
});

for (const width of [360, 700, 2560]) {
  pageTest(`nothing sticks out of a window ${width} wide`, SMALL, async (page) => {
    for (const isOpen of [true, false]) {
      await page.evaluate(`document.getElementById('sheet').dataset.open === '${isOpen}' || document.getElementById('toggle').click()`);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      const outside = await page.evaluate(`[...document.querySelectorAll('button, select, h1, #legend, #sheet')].filter((e) => {
        const box = e.getBoundingClientRect();
        return box.width > 0 && (box.left < -1 || box.right > innerWidth + 1);
      }).map((e) => e.id || e.outerHTML.slice(0, 80))`);
      assert.deepEqual(outside, []);
    }
  }, { width, height: 740 });
}

pageTest('without isolation: one thread, and why', SMALL, async (page) => {
  assert.match(String(await page.evaluate('document.getElementById("status").textContent')), /not isolated/);
  assert.match(String(await page.evaluate('document.getElementById("threads-note").textContent')), /Cross-Origin-Opener-Policy/);
  assert.match(String(await page.evaluate('document.getElementById("sound-note").textContent')), /not cross-origin isolated/);
  assert.ok(await page.evaluate('document.getElementById("sound").disabled'), 'no sound either');
  await page.click('#play');
  await until(page, 'motes.simulation.stepsDone > 8');
}, { origin: origins.plain });
