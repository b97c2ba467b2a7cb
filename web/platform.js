// The one place that knows whether this is a browser or Node.

/** True in Node. */
export const inNode = typeof process === 'object' && typeof process.versions?.node === 'string';

/** True where memory can be shared with workers. */
export const canShare = inNode || (typeof crossOriginIsolated === 'boolean' && crossOriginIsolated && typeof SharedArrayBuffer === 'function');

/** Processors that the system tells of. */
export const processors = globalThis.navigator?.hardwareConcurrency ?? 2;

/**
 * Bytes of a file.
 * @param {URL} url
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function readBytes(url) {
  if (inNode && url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * @typedef {object} Thread
 * @property {(message: any, transfer?: ArrayBuffer[]) => void} post
 * @property {() => Promise<boolean>} terminate ends it without a word; true once it surely runs no more, false where nobody can tell
 */

/**
 * Starts a worker.
 * @param {URL} url
 * @param {(message: any) => void} onMessage
 * @param {(reason: string) => void} onEnd called when it fails or ends by itself, not after `terminate`
 * @returns {Promise<Thread>}
 */
export async function startThread(url, onMessage, onEnd) {
  if (inNode) {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(url);
    worker.unref();
    worker.on('message', onMessage);
    worker.on('error', (error) => onEnd(String(error)));
    let told = true;
    worker.on('exit', (code) => told && onEnd(`ended with ${code}`));
    const terminate = async () => {
      told = false;
      await worker.terminate();
      return true;
    };
    return { post: (message, transfer = []) => worker.postMessage(message, transfer), terminate };
  }
  const worker = new Worker(url, { type: 'module' });
  worker.onmessage = (event) => onMessage(event.data);
  worker.onerror = (event) => onEnd(event.message || 'could not be loaded');
  const terminate = async () => {
    worker.terminate();
    return false;
  };
  return { post: (message, transfer = []) => worker.postMessage(message, transfer), terminate };
}

/**
 * The worker's end of the line.
 * @param {(message: any) => void} onMessage
 * @returns {Promise<(message: any) => void>} posts to the host
 */
export async function listen(onMessage) {
  if (inNode) {
    const { parentPort } = await import('node:worker_threads');
    if (!parentPort) throw new Error('this file is a worker');
    parentPort.on('message', onMessage);
    return (message) => parentPort.postMessage(message);
  }
  self.onmessage = (event) => onMessage(event.data);
  return (message) => self.postMessage(message);
}
