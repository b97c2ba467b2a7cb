// Another build of the physics in place of the one that runs, on the same bytes.
//
// Before it may touch the run, the new module is looked at (imports, exports), asked who it is (ABI, layout), and tried: a worker of its
// own runs it on a copy of the block for some steps, within a budget of time. What traps, loops, or writes numbers that are none shows
// there, and costs the run nothing. After that the workers are started anew with it, between two steps.

import { ABI_VERSION, EXPORTS, IMPORTS, LAYOUT_HASH, MAP } from './layout.js';
import { startThread } from './platform.js';

/** Largest module that is looked at. */
const MOST_BYTES = 8 * 2 ** 20;

/** Differences of layout that are told. */
const MOST_DIFFERENCES = 8;

/** A module was not taken; the run is as it was. */
export class SwapRefused extends Error {}

/**
 * @typedef {object} SwapOptions
 * @property {number} [trialSteps] steps that the module must make on a copy of the block; 16 unless told
 * @property {number} [budget] milliseconds that it may take for them; 2000, or ten times what the present module takes, unless told
 */

/**
 * Looks at a module without running it.
 * @param {Uint8Array} bytes
 * @returns {Promise<WebAssembly.Module>} for ordinary memory
 * @throws {SwapRefused} with everything that is wrong
 */
export async function inspect(bytes) {
  if (bytes.length > MOST_BYTES) throw new SwapRefused(`the module has ${bytes.length} bytes; at most ${MOST_BYTES} are taken`);
  /** @type {WebAssembly.Module} */
  let module;
  try {
    module = await WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  } catch (error) {
    throw new SwapRefused(`not a Wasm module: ${/** @type {Error} */ (error).message}`);
  }
  const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
  const exports = new Set(WebAssembly.Module.exports(module).map((e) => e.name));
  const complaints = [
    ...imports.filter((name) => !IMPORTS.includes(name)).map((name) => `imports ${name}, which physics is not given`),
    ...(imports.includes('env.memory') ? [] : ['does not import env.memory']),
    ...EXPORTS.filter((name) => !exports.has(name)).map((name) => `has no ${name}`),
    ...WebAssembly.Module.exports(module).filter((e) => e.kind === 'memory').map((e) => `exports the memory ${e.name}; the host owns memory`),
  ];
  if (complaints.length > 0) throw new SwapRefused(`this is no physics module: it ${complaints.join('; it ')}`);
  return module;
}

/**
 * Runs the module on a copy of the block.
 * @param {{physics: WebAssembly.Module, sync: WebAssembly.Module, block: ArrayBuffer, plugIns?: import('./plug-ins/link.js').Placed[],
 *   steps: number, budget: number, difference?: string}} trial modules for ordinary memory; the buffer is handed over
 * @returns {Promise<void>}
 * @throws {SwapRefused} with what went wrong
 */
export async function attempt({ physics, sync, block, plugIns = [], steps, budget, difference = '' }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {import('./platform.js').Thread | undefined} */
  let thread;
  const verdict = new Promise((resolve, reject) => {
    let made = 0;
    const refuse = (/** @type {string} */ reason) => reject(new SwapRefused(reason));
    const late = () => refuse(`the new module took longer than ${budget} ms for step ${made + 1} of its trial and those before`);
    const onMessage = (/** @type {any} */ message) => {
      if (message.kind === 'loaded') thread?.post({ physics, sync, block, plugIns, steps, difference }, [block]);
      else if (message.kind === 'ready') timer = setTimeout(late, budget);
      else if (message.kind === 'step') made = message.made;
      else if (message.kind === 'done') resolve(undefined);
      else refuse(message.reason);
    };
    startThread(new URL('./trial.js', import.meta.url), onMessage, refuse).then((started) => (thread = started), reject);
  });
  try {
    await verdict;
  } finally {
    clearTimeout(timer);
    await thread?.terminate();
  }
}

/**
 * What tells a build from this host's, by what its functions answered; empty when it fits.
 * @param {number} abi
 * @param {bigint} layout
 * @param {string} [difference] see {@link differences}
 */
export function misfit(abi, layout, difference = '') {
  if (abi !== ABI_VERSION) return `the module speaks version ${abi} of the ABI, this host version ${ABI_VERSION}`;
  const shown = (/** @type {bigint} */ hash) => `0x${BigInt.asUintN(64, hash).toString(16).padStart(16, '0')}`;
  if (BigInt.asUintN(64, layout) === LAYOUT_HASH) return '';
  return `the module was built for another layout of the block (${shown(layout)}; this one is ${shown(LAYOUT_HASH)})${difference && `: ${difference}`}`;
}

/**
 * Where two builds of physics differ in how they lay out a block, by what both say in their section `motes.layout`; empty where one does not.
 * @param {WebAssembly.Module} ours
 * @param {WebAssembly.Module} theirs
 */
export function differences(ours, theirs) {
  const [own, other] = [ours, theirs].map((module) => {
    const [section] = WebAssembly.Module.customSections(module, 'motes.layout');
    return section ? new TextDecoder().decode(section).trim().split('\n') : [];
  });
  if (own.length === 0 || other.length === 0) return '';
  const lacking = (/** @type {string[]} */ of, /** @type {string[]} */ known, /** @type {string} */ word) => of.filter((line) => !known.includes(line)).map((line) => `${word} \`${line}\``);
  const all = [...lacking(other, own, 'it has'), ...lacking(own, other, 'it lacks')];
  return [...all.slice(0, MOST_DIFFERENCES), ...(all.length > MOST_DIFFERENCES ? [`and ${all.length - MOST_DIFFERENCES} more`] : [])].join('; ');
}

/** Bytes of the block. @param {WebAssembly.Memory} memory @param {number} bytes @returns {ArrayBuffer} */
export function copyOfBlock(memory, bytes) {
  const copy = new ArrayBuffer(bytes);
  new Uint8Array(copy).set(new Uint8Array(memory.buffer, MAP.BLOCK_BASE, bytes));
  return copy;
}
