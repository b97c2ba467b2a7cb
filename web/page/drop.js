// Files from outside: dropped on the page or chosen. What they are is told by their name.

/** What is taken, by the endings of its names, and the largest file that is read; one of particles is never in memory as a whole. */
const KINDS = [
  { what: 'scenes', endings: ['toml', 'json'], most: 8 * 2 ** 20 },
  { what: 'particles', endings: ['xyz', 'extxyz', 'csv', 'tsv', 'ply', 'npy'], most: 2 ** 31 },
  { what: 'recordings', endings: ['mtr'], most: 512 * 2 ** 20 },
  { what: 'plug-ins and builds of the physics', endings: ['wasm'], most: 8 * 2 ** 20 },
];

/**
 * @typedef {object} FileTaker
 * @property {(name: string, text: string) => Promise<void>} scene
 * @property {(file: File) => Promise<void>} particles
 * @property {(bytes: Uint8Array) => Promise<void>} recording
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} module
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
    const kind = KINDS.find(({ endings }) => endings.includes(extension));
    if (!kind) throw new TypeError(`this page takes ${KINDS.map(({ what, endings }) => `${what} (.${endings.join(', .')})`).join(', ')}`);
    if (file.size > kind.most) throw new RangeError(`the file has ${file.size} bytes; at most ${kind.most} are read`);
    if (kind.what === 'particles') await taker.particles(file);
    else if (kind.what === 'scenes') await taker.scene(file.name, await file.text());
    else if (kind.what === 'recordings') await taker.recording(new Uint8Array(await file.arrayBuffer()));
    else await taker.module(file.name, new Uint8Array(await file.arrayBuffer()));
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
