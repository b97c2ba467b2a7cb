// The sound in the audio thread. `process` neither allocates nor waits: it renders into the memory and copies out of it.

import { Chain } from './sound-chain.js';
import { QUANTUM } from './sound-layout.js';

/** What the audio thread has and no description of types knows. */
const scope = /** @type {{AudioWorkletProcessor: {new (): {port: MessagePort}}, registerProcessor: (name: string, type: Function) => void}} */ (/** @type {unknown} */ (globalThis));

scope.registerProcessor(
  'motes-sound',
  class extends scope.AudioWorkletProcessor {
    #chain;
    #told = 0;
    #ended = false;

    /** @param {{processorOptions: ConstructorParameters<typeof Chain>[0]}} options */
    constructor({ processorOptions }) {
      super();
      this.#chain = new Chain(processorOptions);
      this.port.onmessage = () => {
        this.#ended = true;
        this.port.postMessage({ ended: true });
      };
    }

    /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
    process(_inputs, outputs) {
      const output = outputs[0];
      // The memory is somebody else's then.
      if (this.#ended) return false;
      // Browsers render 128 frames at a time; one that asks for more hears silence in the rest.
      if (output.length < 2 || output[0].length < QUANTUM) return true;
      this.#chain.next();
      output[0].set(this.#chain.left);
      output[1].set(this.#chain.right);
      // Only when an effect has failed.
      for (; this.#told < this.#chain.failed.length; this.#told++) this.port.postMessage({ failed: this.#chain.failed[this.#told] });
      return true;
    }
  },
);
