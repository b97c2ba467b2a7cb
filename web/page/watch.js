// `?watch`: takes a new build of the physics into the running scene as soon as the server has one.

import { readBytes } from '../platform.js';

/** Milliseconds between two looks. */
const LOOK_EVERY = 700;

/** What tells one build from another. @param {URL} url */
async function stamp(url) {
  const response = await fetch(url, { method: 'HEAD', cache: 'no-store' });
  return response.ok ? `${response.headers.get('last-modified')} ${response.headers.get('content-length')}` : '';
}

/**
 * Watches the module that the scene runs on.
 * @param {() => import('../simulation.js').Simulation | undefined} simulation the present one
 * @param {(name: string, bytes: Uint8Array) => Promise<void>} take
 * @param {(error: Error) => void} refuse
 */
export async function watchPhysics(simulation, take, refuse) {
  /** @type {Map<string, string>} */
  const seen = new Map();
  for (;;) {
    const file = simulation()?.compiled.module;
    // A server that is being started anew answers again later.
    const now = file ? await stamp(new URL(`../../${file}`, import.meta.url)).catch(() => '') : '';
    const before = file && seen.get(file);
    if (file && now) seen.set(file, now);
    if (file && now && before && before !== now) {
      await readBytes(new URL(`../../${file}`, import.meta.url)).then((bytes) => take(file, bytes)).catch(refuse);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
