// What a run sounds like while it runs: collisions as struck notes, in the audio thread, from the memory that physics works in.
//
//   const sound = await createSound(simulation, { gain: 0.2, effects: ['effects/echo.wasm'] });
//   button.onclick = () => sound.start();     // browsers let sound begin after a click only
//   sound.stats;                              // { underruns, overruns, … }

import { openRoom } from './sound-room.js';
import { startThread } from './platform.js';

/** Seconds of latency, and behind the run before events are skipped. */
const LIVE = { factor: 0, latency: 0.15, patience: 1 };
/** Steps between two looks at the particles at most. */
const MOST_EVERY = 1024;
/** Milliseconds after which a look is due whatever it costs: else the sound would have nothing to play. */
const DUE = 80;

/**
 * @typedef {object} Options
 * @property {AudioContext} [context] where it sounds; one is made unless told
 * @property {number} [heard] particles that are listened to at most; 131,072 unless told
 * @property {number} [share] of the run's time that listening may take; where it would take more it looks after more steps. 0.1 unless told
 * @property {(URL | string | Uint8Array)[]} [effects] modules that change the sound one after the other; paths are those beside physics.wasm
 */

/**
 * Why there can be no sound; empty where there can.
 * @param {import('./simulation.js').Simulation} simulation
 */
export function whyNoSound({ isolated }) {
  if (typeof AudioWorkletNode !== 'function') return 'this browser has no AudioWorklet, or the page is not served securely';
  return isolated ? '' : 'the page is not cross-origin isolated, so the audio thread cannot share memory with the run';
}

/**
 * Makes a sound, which is silent until it is started.
 * @param {import('./simulation.js').Simulation} simulation
 * @param {Options & import('./sound-room.js').Settings} [options]
 * @returns {Promise<Sound>}
 * @throws {Error} where there can be no sound, with the reason
 */
export async function createSound(simulation, { context, heard, share = 0.1, effects, ...settings } = {}) {
  const reason = whyNoSound(simulation);
  if (reason) throw new Error(`there can be no sound: ${reason}`);
  const own = context ?? new AudioContext({ latencyHint: 'interactive' });
  /** @type {Sound | undefined} */
  let sound;
  try {
    await own.audioWorklet.addModule(new URL('./sound-worklet.js', import.meta.url).href);
    const room = await openRoom(simulation, { rate: own.sampleRate, heard, effects });
    sound = new Sound(simulation, room, own, share, !context);
    sound.set({ ...LIVE, ...settings });
    await sound.begin();
    return sound;
  } catch (error) {
    if (sound) void sound.dispose();
    else if (!context) void own.close();
    throw error;
  }
}

/** The sound of a run. Events: `stopped` with the reason when its worker has died, `effect` when an effect has failed and is left out. */
export class Sound extends EventTarget {
  /** @type {import('./platform.js').Thread | undefined} */
  #thread;
  /** @type {AudioWorkletNode | undefined} */
  #node;
  /** @type {Map<number, {resolve: () => void, reject: (error: Error) => void}>} */
  #pending = new Map();
  /** @type {Promise<void> | undefined} */
  #ended;
  #id = 0;
  #every = 1;
  #since = 0;
  #step = -1;
  #listenedAt = 0;

  /**
   * @param {import('./simulation.js').Simulation} simulation
   * @param {import('./sound-room.js').SoundRoom} room
   * @param {AudioContext} context
   * @param {number} share
   * @param {boolean} ownsContext
   */
  constructor(simulation, room, context, share, ownsContext) {
    super();
    this.simulation = simulation;
    this.room = room;
    this.context = context;
    this.share = share;
    this.ownsContext = ownsContext;
  }

  /** Starts the listener's worker and the audio thread's node; called by {@link createSound}. */
  async begin() {
    const { simulation: { memory }, room: { at: room, modules, effects } } = this;
    const loaded = new Promise((resolve, reject) => this.#pending.set(0, { resolve: () => resolve(undefined), reject }));
    const onMessage = (/** @type {{id: number, error?: string}} */ { id, error }) => {
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) call?.reject(new Error(`sound.wasm: ${error}`));
      else call?.resolve();
    };
    const onEnd = (/** @type {string} */ reason) => {
      this.#thread = undefined;
      this.#fail(new Error(`the sound's worker ${reason}`));
    };
    this.#thread = await startThread(new URL('./sound-worker.js', import.meta.url), onMessage, onEnd);
    await loaded;
    await this.#post({ start: { memory, modules, room } });
    const processorOptions = { memory, modules, room, rate: this.context.sampleRate, effects };
    this.#node = new AudioWorkletNode(this.context, 'motes-sound', { numberOfInputs: 0, outputChannelCount: [2], processorOptions });
    this.#node.port.onmessage = ({ data: { failed } }) => this.dispatchEvent(new CustomEvent('effect', { detail: failed }));
    this.#node.onprocessorerror = () => {
      this.#node?.disconnect();
      this.#node = undefined;
      this.#fail(new Error('the audio thread could not run the sound'));
    };
  }

  /** True while it sounds. */
  get playing() {
    return this.simulation.sound === this;
  }

  /** Counters of under- and overruns and of what was heard. */
  get stats() {
    return { ...this.room.stats, every: this.#every };
  }

  /** Changes settings; they act at once. @param {import('./sound-room.js').Settings} settings */
  set(settings) {
    this.room.set(settings);
  }

  /** False while the browser does not play: it waits for a click, or there is no audio device. */
  get heard() {
    return this.context.state === 'running';
  }

  /** Begins to listen and to sound. Call it from a click: browsers play nothing before one. */
  async start() {
    if (!this.#node) throw new Error('the sound has ended');
    this.#step = -1;
    this.simulation.sound = this;
    this.#node.connect(this.context.destination);
    // Without an audio device it may never come to play.
    this.context.resume().catch(() => {});
  }

  /** Falls silent; the run is no longer listened to. */
  async stop() {
    if (this.playing) this.simulation.sound = undefined;
    this.#node?.disconnect();
    if (this.ownsContext && this.context.state === 'running') await this.context.suspend();
  }

  /** Called before steps: how many may be made at once. @param {number} left @returns {Promise<number>} */
  async before(left) {
    // The run was reset, or went to another moment: what velocities were there before is of no interest.
    if (this.simulation.stepsDone !== this.#step) await this.#listen(1);
    return Math.min(left, Math.max(1, this.#every - this.#since));
  }

  /** Called after steps. */
  async stepped() {
    const now = this.simulation.stepsDone;
    this.#since += now - this.#step;
    this.#step = now;
    if (this.#since >= this.#every || performance.now() - this.#listenedAt > DUE) await this.#listen(0);
  }

  /** Looks at the particles in the worker; the more it costs beside the steps, the more seldom. @param {0 | 1} anew */
  async #listen(anew) {
    const begun = performance.now();
    try {
      await this.#post({ anew });
    } catch (error) {
      this.#fail(/** @type {Error} */ (error));
    }
    const [took, ran] = [performance.now() - begun, begun - this.#listenedAt];
    this.#listenedAt = begun + took;
    [this.#since, this.#step] = [0, this.simulation.stepsDone];
    if (anew) return;
    const share = took / (took + ran);
    if (ran > DUE) this.#every = Math.max(1, this.#every >> 1);
    else if (share > this.share) this.#every = Math.min(MOST_EVERY, 2 * this.#every);
    else if (share < this.share / 4) this.#every = Math.max(1, this.#every >> 1);
  }

  /** @param {object} message @returns {Promise<void>} */
  #post(message) {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#thread) this.#thread.post({ id, ...message });
      else reject(new Error('the sound has ended'));
    });
  }

  /** A sound in trouble ends; the run goes on. @param {Error} error */
  #fail(error) {
    if (this.#ended) return;
    void this.dispose(error);
    this.dispatchEvent(new CustomEvent('stopped', { detail: error }));
  }

  /**
   * Ends it for good.
   * @param {Error} [reason] what calls under way end with
   * @returns {Promise<void>} resolves when both threads have left its room, which is the simulation's again then; it may be long if the context stands still
   */
  dispose(reason = new Error('the sound has ended')) {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  /** @param {Error} reason */
  async #end(reason) {
    if (this.playing) this.simulation.sound = undefined;
    const [node, thread, pending] = [this.#node, this.#thread, [...this.#pending.values()]];
    const idle = thread ? this.#post({}) : Promise.resolve();
    this.#node = this.#thread = undefined;
    for (const { reject } of pending) reject(reason);
    node?.disconnect();
    const silence = this.ownsContext ? this.context.close() : node && silenced(node);
    await Promise.all([idle.then(() => thread?.terminate()), silence]);
    this.simulation.release(this.room.at);
  }
}

/** Resolves when the audio thread calls the node no more. @param {AudioWorkletNode} node @returns {Promise<void>} */
function silenced({ port }) {
  const silence = new Promise((resolve) => (port.onmessage = ({ data: { ended } }) => ended && resolve(undefined)));
  port.postMessage('end');
  return silence;
}
