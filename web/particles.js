// Files of particles on their way into the block: read piece by piece, each row once it is there, and read again for every reset.

import { bytesOf } from './host.js';

/** Bytes that the reader is given at a time. */
const PIECE = 1 << 16;
/** Milliseconds of reading after which the page gets a turn. */
const TURN_MS = 25;

/**
 * @typedef {Uint8Array | Blob | Response | ReadableStream<Uint8Array>} Data
 * @typedef {Data | (() => Data | Promise<Data>)} Init a function opens the same data anew each time, `() => fetch(url)`
 * @typedef {object} Reach how far a reading is
 * @property {string} name
 * @property {number} done bytes
 * @property {number} total bytes, or 0 where nobody knows
 * @property {boolean} over the reading has ended, well or not
 */

/** How data can be had, and whether more than once. @param {Init} init @returns {{open: () => Data | Promise<Data>, again: boolean}} */
function access(init) {
  if (typeof init === 'function') return { open: init, again: true };
  if (!(init instanceof Response) || !init.url) return { open: () => init, again: init instanceof Uint8Array || init instanceof Blob };
  /** @type {Response | undefined} */
  let first = init;
  const open = () => {
    const response = first;
    first = undefined;
    return response ?? fetch(init.url);
  };
  return { open, again: true };
}

/** The data as chunks, and its length or 0. @param {Data} data @param {string} name */
function chunksOf(data, name) {
  if (data instanceof Uint8Array) return { chunks: (async function* () { yield data; })(), total: data.length };
  if (data instanceof Blob) return { chunks: drain(data.stream()), total: data.size };
  if (!(data instanceof Response)) return { chunks: drain(data), total: 0 };
  if (!data.ok) throw new Error(`${name} could not be fetched: ${data.status} ${data.statusText}`);
  // A length that was sent is that of the compressed bytes.
  const total = data.headers.has('content-encoding') ? 0 : Number(data.headers.get('content-length') ?? 0);
  return { chunks: data.body ? drain(data.body) : (async function* () {})(), total };
}

/** @param {ReadableStream<Uint8Array>} stream @returns {AsyncGenerator<Uint8Array>} */
async function* drain(stream) {
  const source = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await source.read();
      if (done) return;
      yield value;
    }
  } finally {
    await source.cancel().catch(() => {});
  }
}

/** One reading, from the first byte on. */
class Reading {
  /** Bytes of a chunk that were not handed out. @type {Uint8Array} */
  #rest = new Uint8Array(0);
  #done = 0;
  #turn = performance.now();

  /** @param {any} reader @param {Data} data @param {string} name @param {(reach: Reach) => void} tell */
  constructor(reader, data, name, tell) {
    this.reader = reader;
    this.name = name;
    this.tell = tell;
    const { chunks, total } = chunksOf(data, name);
    this.chunks = chunks;
    this.total = total;
  }

  /** The next bytes, or `undefined` at the end. @returns {Promise<Uint8Array | undefined>} */
  async next() {
    while (this.#rest.length === 0) {
      const { done, value } = await this.chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, PIECE);
    this.#rest = this.#rest.subarray(piece.length);
    this.#done += piece.length;
    if (performance.now() - this.#turn > TURN_MS) {
      this.tell({ name: this.name, done: this.#done, total: this.total, over: false });
      await new Promise((resolve) => setTimeout(resolve));
      this.#turn = performance.now();
    }
    return piece;
  }

  /** Reads the head; what is behind it in its piece comes next again. */
  async head() {
    while (!this.reader.hasHead) {
      const piece = await this.next();
      if (!piece) return this.reader.endSurvey();
      const left = piece.length - this.reader.readHead(piece);
      // The piece and the rest lie behind each other in one chunk.
      if (left > 0) this.#rest = new Uint8Array(piece.buffer, piece.byteOffset + piece.length - left, left + this.#rest.length);
      this.#done -= left;
    }
  }

  async close() {
    this.tell({ name: this.name, done: this.#done, total: this.total, over: true });
    this.reader.free();
    await this.chunks.return(undefined);
  }
}

export class Particles {
  #again;
  #open;
  /** A reading that has read the head alone. @type {Reading | undefined} */
  #begun;
  /** What the first reading came to; before it, how it must begin. @type {string | undefined} */
  #fingerprint;
  /** Copies of the arrays, where the data can be had only once. @type {{name: string, bytes: Uint8Array}[] | undefined} */
  #kept;
  /** @type {any} */
  #outline;
  /** What the scene calls the species. @type {string[]} */
  species = [];

  /** @param {any} scene the module scene.wasm @param {Init} init @param {string} name @param {(reach: Reach) => void} tell */
  constructor(scene, init, name, tell) {
    const { open, again } = access(init);
    this.#open = open;
    this.#again = again;
    this.scene = scene;
    this.name = name;
    this.tell = tell;
  }

  async #begin() {
    const data = await this.#open();
    return new Reading(new this.scene.ParticleReader(this.name), data, this.name, this.tell);
  }

  /** Finds out how many particles there are, and their box: from the first bytes where those tell, else by reading all of them once. */
  async survey() {
    const reading = await this.#begin();
    const { reader } = reading;
    let begun = false;
    try {
      await reading.head();
      if (!reader.isSettled) {
        if (!this.#again) throw new Error(once(this.name, 'twice, since its first lines tell not all of its count and box'));
        for (let piece; (piece = await reading.next()); ) if (reader.survey(piece)) break;
        reader.endSurvey();
      } else begun = true;
      this.#outline = reader.outline();
    } finally {
      if (begun) this.#begun = reading;
      else await reading.close();
    }
  }

  /**
   * Compiles a scene for these particles in place of its own.
   * @param {string} text
   * @param {{name: string, overrides: string[], plugIns?: import('./plug-ins/plug-ins.js').Source[]}} options
   * @returns {import('./compile.js').Compiled}
   */
  compile(text, options) {
    const outline = this.#outline;
    this.#outline = undefined;
    try {
      const compiled = outline.compile(text, options);
      this.#fingerprint = `${outline.count} particles`;
      this.species = JSON.parse(compiled.json).species;
      return compiled;
    } finally {
      outline.free();
    }
  }

  /**
   * Writes all particles into arrays of the block.
   * @param {Record<string, import('./host.js').FieldArray>} fields
   * @throws {Error} that names line or byte
   */
  async fill(fields) {
    if (this.#kept) return this.#kept.forEach(({ name, bytes }) => bytesOf(fields[name]).set(bytes));
    const reading = this.#begun ?? (await this.#begin());
    this.#begun = undefined;
    try {
      reading.reader.fill(fields, this.species);
      for (let piece; (piece = await reading.next()); ) if (reading.reader.feed(piece)) break;
      this.#check(reading.reader.finish());
    } finally {
      await reading.close();
    }
    if (!this.#again) this.#keep(fields);
  }

  /** @param {string} fingerprint */
  #check(fingerprint) {
    if (!fingerprint.startsWith(`${this.#fingerprint}`)) throw new Error(`error: ${this.name} was changed since it was first read; load it anew as it is now`);
    this.#fingerprint = fingerprint;
  }

  /** @param {Record<string, import('./host.js').FieldArray>} fields */
  #keep(fields) {
    const names = ['position', 'position_low', 'velocity', 'species', 'id'].filter((name) => fields[name]);
    this.#kept = names.map((name) => ({ name, bytes: bytesOf(fields[name]).slice() }));
  }

  /** Ends a reading that was begun, and lets go of what was kept. */
  async close() {
    const reading = this.#begun;
    this.#begun = undefined;
    this.#kept = undefined;
    await reading?.close();
  }
}

/** @param {string} name @param {string} why */
function once(name, why) {
  return `error: ${name} must be read ${why}, and this stream can be read once\n  = help: give init a function that opens it anew, for example () => fetch(url)`;
}
