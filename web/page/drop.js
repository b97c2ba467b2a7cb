// Files from outside: dropped on the page or chosen. What they are is told by their name.

/** Largest file that is read. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * @typedef {object} FileTaker
 * @property {(name: string, text: string) => Promise<void>} scene
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} particles
 * @property {(bytes: Uint8Array) => Promise<void>} recording
 * @property {(name: string, error: Error) => void} refuse
 */

/**
 * Reads a file and hands it on; what is wrong with it is told.
 * @param {File} file
 * @param {FileTaker} taker
 */
export async function takeFile(file, taker) {
  try {
    if (file.size > MOST_BYTES) throw new RangeError(`the file has ${file.size} bytes; at most ${MOST_BYTES} are read`);
    const extension = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
    if (extension === 'xyz' || extension === 'extxyz') await taker.particles(file.name, new Uint8Array(await file.arrayBuffer()));
    else if (extension === 'mtr') await taker.recording(new Uint8Array(await file.arrayBuffer()));
    else if (extension === 'toml' || extension === 'json') await taker.scene(file.name, await file.text());
    else throw new TypeError('this page takes scenes (.toml, .json), particles (.xyz, .extxyz) and recordings (.mtr)');
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
