// The bytes of modules: what the patcher changes, and what it refuses.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { withoutData, withSharedMemory } from '../../module.js';
import { createMemory } from '../../host.js';
import { MAP } from '../../layout.js';
import { baseUrl } from './support.mjs';

const physics = new Uint8Array(await readFile(new URL('physics.wasm', baseUrl)));
const sync = new Uint8Array(await readFile(new URL('sync.wasm', baseUrl)));
const compile = (/** @type {Uint8Array} */ bytes) => new WebAssembly.Module(/** @type {BufferSource} */ (bytes));

test('one bit makes both modules take shared memory', () => {
  for (const bytes of [physics, sync]) {
    const patched = withSharedMemory(bytes);
    assert.equal(patched.length, bytes.length);
    assert.equal(patched.filter((byte, i) => byte !== bytes[i]).length, 1);
    compile(patched);
  }
  const memory = createMemory(1 << 20, true);
  assert.throws(() => new WebAssembly.Instance(compile(sync), { env: { memory } }), WebAssembly.LinkError);
  new WebAssembly.Instance(compile(withSharedMemory(sync)), { env: { memory } });
});

test('the copy for helpers leaves memory as it is', () => {
  const memory = createMemory(1 << 20, true);
  const atomics = new WebAssembly.Instance(compile(withSharedMemory(sync)), { env: { memory } });
  const imports = { env: { memory }, sync: atomics.exports, plug: { count: () => 0, call: () => {} } };
  const statics = new Uint8Array(memory.buffer, MAP.STATICS_A, MAP.STATICS_B - MAP.STATICS_A);
  new WebAssembly.Instance(compile(withSharedMemory(physics)), imports);
  assert.ok(statics.some((byte) => byte !== 0), 'the first instance writes its data');
  statics.fill(0x5a);
  new WebAssembly.Instance(compile(withoutData(withSharedMemory(physics))), imports);
  assert.ok(statics.every((byte) => byte === 0x5a), 'later instances write nothing');
});

test('what is no module is refused, cut off anywhere', () => {
  assert.throws(() => withSharedMemory(new Uint8Array(20)), /not a Wasm module/);
  for (let length = 0; length < 400; length++) {
    try {
      withoutData(physics.subarray(0, length));
    } catch (error) {
      assert.match(String(error), /not a Wasm module/);
    }
  }
});
