// Starts a real browser with the flags that give it a GPU made of software, and opens the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';

export const browserName = process.env.MOTES_BROWSER === 'firefox' ? 'firefox' : 'chrome';
export const origins = { isolated: process.env.MOTES_ISOLATED ?? '', plain: process.env.MOTES_PLAIN ?? '' };
const executablePath = browserName === 'firefox' ? '/usr/bin/firefox-esr' : '/usr/bin/chromium';

/** Chromium draws WebGPU on a canvas without a GPU only with all of these; its sandbox does not work for root in a container. */
const CHROMIUM_GRAPHICS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader', '--use-angle=swiftshader', '--use-vulkan=swiftshader',
  '--enable-features=Vulkan'];
/** Sound without a click, and without a device to play it. */
const CHROMIUM_SOUND = ['--autoplay-policy=no-user-gesture-required'];
const FIREFOX_PREFERENCES = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true, 'dom.min_background_timeout_value': 4, 'media.autoplay.default': 0 };

/** A crash must end the test, not wait for somebody to press a button. */
const ENVIRONMENT = { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' };

export function launch() {
  return puppeteer.launch({
    env: ENVIRONMENT,
    browser: browserName,
    executablePath,
    headless: true,
    protocolTimeout: 240_000,
    args: browserName === 'chrome' ? ['--no-sandbox', ...CHROMIUM_GRAPHICS, ...CHROMIUM_SOUND] : [],
    extraPrefsFirefox: FIREFOX_PREFERENCES,
  });
}

/**
 * Opens the page and waits for its first picture.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} search
 * @param {{width?: number, height?: number, origin?: string, before?: () => void}} [options] `before` runs in the page before anything else
 */
export async function open(browser, search, { width = 1000, height = 700, origin = origins.isolated, before } = {}) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.setViewport({ width, height });
  if (before) await page.evaluateOnNewDocument(before);
  await page.goto(`${origin}/?${search}`);
  await page.waitForFunction(() => /** @type {any} */ (globalThis).motes?.firstFrameMs > 0, { timeout: 120_000, polling: 100 }).catch(async (error) => {
    const told = await page.evaluate(() => document.getElementById('notices')?.textContent);
    throw new Error(`no first picture: ${told}; ${errors.join('; ')}; ${error.message}`);
  });
  return { page, errors };
}

/** Waits until the page says so. @param {import('puppeteer-core').Page} page @param {string} condition @param {number} [timeout] */
export const until = (page, condition, timeout = 30_000) => page.waitForFunction(condition, { timeout, polling: 50 });

/** A page with a small scene that stands, drawn without a GPU. */
export const SMALL = 'backend=2d&scene=marbles&set=fill[0].count=500&pause';

/**
 * The browser of a file of tests.
 * @returns a function that declares a test of the page at an address
 */
export function pageTests() {
  /** @type {import('puppeteer-core').Browser} */
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  /**
   * @param {string} name
   * @param {string} search
   * @param {(page: import('puppeteer-core').Page) => Promise<void>} body
   * @param {Parameters<typeof open>[2] & {skip?: string | false}} [options]
   */
  return (name, search, body, options) =>
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
export const stepsDone = async (page) => Number(await page.evaluate('motes.simulation.stepsDone'));
/** @param {import('puppeteer-core').Page} page @returns {Promise<string>} */
export const notices = async (page) => String(await page.evaluate('document.getElementById("notices").textContent'));
