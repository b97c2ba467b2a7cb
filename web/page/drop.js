// Files from outside: dropped on the page or chosen. What they are is told by their name.

/** Largest files that are read: of particles, which are never in memory as a whole, and of a scene. */
const MOST_BYTES = { particles: 2 ** 31, scene: 8 * 2 ** 20 };
const PARTICLES = ['xyz', 'extxyz', 'csv', 'tsv', 'ply', 'npy'];

/**
 * @typedef {object} FileTaker
 * @property {(name: string, text: string) => Promise<void>} scene
 * @property {(file: File) => Promise<void>} particles
 * @property {(name: string, error: Error) => void} refuse
 */

/**
 * Reads a file and hands it on; what is wrong with it is told.
 * @param {File} file
 * @param {FileTaker} taker
 */
export async function takeFile(file, taker) {
  try {
    const extension = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
    const kind = PARTICLES.includes(extension) ? 'particles' : ['toml', 'json'].includes(extension) ? 'scene' : undefined;
    if (!kind) throw new TypeError(`this page takes scenes (.toml, .json) and particles (.${PARTICLES.join(', .')})`);
    if (file.size > MOST_BYTES[kind]) throw new RangeError(`the file has ${file.size} bytes; at most ${MOST_BYTES[kind]} are read`);
    if (kind === 'particles') await taker.particles(file);
    else await taker.scene(file.name, await file.text());
  } catch (error) {
    taker.refuse(file.name, /** @type {Error} */ (error));
  }
}

/**
 * @param {{hint: HTMLElement, open: HTMLElement, input: HTMLInputElement}} elements
 * @param {FileTaker} taker
 */
export function listenToFiles({ hint, open, input }, taker) {
  // Leaving one element for another inside the page fires both events; the count tells whether the pointer is gone.
  let inside = 0;
  const carriesFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    inside++;
    hint.hidden = false;
  });
  addEventListener('dragleave', () => {
    inside = Math.max(0, inside - 1);
    hint.hidden = inside === 0;
  });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    inside = 0;
    hint.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) takeFile(file, taker);
  });
  open.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    // The same file may be chosen again after it was mended.
    if (file) takeFile(file, taker).finally(() => (input.value = ''));
  });
}
