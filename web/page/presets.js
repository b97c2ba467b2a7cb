// The scenes that come with the program.

/** @typedef {{name: string, title: string, about: string, particles: number}} Preset */

const folder = new URL('../../scenes/', import.meta.url);

/** @param {string} file */
async function fetchText(file) {
  const response = await fetch(new URL(file, folder));
  if (!response.ok) throw new Error(`scenes/${file}: ${response.status} ${response.statusText}`);
  return response.text();
}

/** @returns {Promise<Preset[]>} */
export async function listPresets() {
  return JSON.parse(await fetchText('index.json'));
}

/** @param {string} name @returns {Promise<import('./session.js').Source>} */
export async function fetchPreset(name) {
  return { name, text: await fetchText(`${encodeURIComponent(name)}.toml`), preset: true };
}
