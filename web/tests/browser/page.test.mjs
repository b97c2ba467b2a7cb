// The page as a person meets it, drawn by the 2D preview: buttons, panel, keys, files, links, labels, narrow windows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { stopsOf } from '../../page/colormaps.js';
import { createSimulation } from '../../simulation.js';
import { renderSound } from '../../sound-offline.js';
import { baseUrl, sceneText } from '../node/support.mjs';
import { browserName, launch, open, origins, until } from './support.mjs';

/** @type {import('puppeteer-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const full = process.env.MOTES_FULL === '1';
const SMALL = 'backend=2d&scene=marbles&set=fill[0].count=500&pause';

/**
 * @param {string} name
 * @param {string} search
 * @param {(page: import('puppeteer-core').Page) => Promise<void>} body
 * @param {Parameters<typeof open>[2] & {skip?: string | false}} [options]
 */
function pageTest(name, search, body, options) {
  test(`${browserName}: ${name}`, { timeout: 180_000, skip: options?.skip }, async () => {
    const { page, errors } = await open(browser, search, options);
    try {
      await body(page);
      assert.deepEqual(errors, [], 'nothing was thrown in the page');
    } finally {
      await page.close();
    }
  });
}

/** @param {import('puppeteer-core').Page} page @returns {Promise<number>} */
const stepsDone = async (page) => Number(await page.evaluate('motes.simulation.stepsDone'));
/** @param {import('puppeteer-core').Page} page @returns {Promise<string>} */
const notices = async (page) => String(await page.evaluate('document.getElementById("notices").textContent'));

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
  const { page: other } = await open(browser, `${link.searchParams}&pause`);
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
  assert.match(String(await page.evaluate(soundNote)), /not cross-origin isolated/);
  assert.ok(await page.evaluate('document.getElementById("sound").disabled'), 'no sound either');
  await page.click('#play');
  await until(page, 'motes.simulation.stepsDone > 8');
}, { origin: origins.plain });

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
  assert.equal(await page.evaluate('motes.simulation.plugIns.length'), 2);
});

pageTest('without isolation: a plug-in that does not come back is tried first, and refused by name', SMALL, async (page) => {
  await dropPlugIn(page, 'bad-stuck');
  await until(page, '/bad-stuck.wasm: it took longer than/.test(document.getElementById("notices").textContent)');
  await dropPlugIn(page, 'vortex');
  await until(page, 'motes.simulation.plugIns.length === 1');
  await page.evaluate('motes.simulation.step(10)');
  assert.equal(await stepsDone(page), 10);
}, { origin: origins.plain });

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
