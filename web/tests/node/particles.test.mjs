// Files of particles into the block of a page: from a Blob, a response, a stream, bytes; in pieces, with little memory, again at a reset.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSimulation } from '../../simulation.js';
import { baseUrl, full } from './support.mjs';

const SCENE = 'version = 1\n[[species]]\nname = "A"\n[[species]]\nname = "B"\n[[force]]\nkind = "gravity"\n';
const text = new TextEncoder();

/** The head of an NPY file. @param {number} count @param {number} columns @param {string} kind */
function npyHead(count, columns, kind = '<f4') {
  const description = text.encode(`{'descr': '${kind}', 'fortran_order': False, 'shape': (${count}, ${columns}), }\n`);
  return Uint8Array.from([0x93, ...text.encode('NUMPY'), 1, 0, description.length & 255, description.length >> 8, ...description]);
}

/** @param {Uint8Array[]} parts */
const joined = (parts) => new Uint8Array(Buffer.concat(parts));

/** Bytes as a stream in pieces that end anywhere. @param {Uint8Array} bytes @param {number} [piece] */
function streamOf(bytes, piece = 1013) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += piece)));
    },
  });
}

/** @param {import('../../particles.js').Init} init @param {string} [initName] @param {object} [more] */
const begin = (init, initName, more = {}) => createSimulation({ baseUrl, scene: SCENE, init, initName, threads: 2, ...more });

const rows = Array.from({ length: 9000 }, (_, k) => Array.from({ length: 6 }, (_, j) => Math.fround(((k * 7919 + j * 104_729) % 100_003) / 7 - 5000)));
const csv = text.encode(`x,y,z,vx,vy,vz,species,id\n${rows.map((row, k) => `${row.join(',')},${'AB'[k % 2]},${(k * 31) % 9000}`).join('\n')}\n`);
const xyz = text.encode(`9000\nProperties=species:S:1:id:I:1:pos:R:3:vel:R:3\n${rows.map((row, k) => `${'AB'[k % 2]} ${(k * 31) % 9000} ${row.join(' ')}`).join('\n')}\n`);
const npy = joined([npyHead(9000, 6), new Uint8Array(Float32Array.from(rows.flat()).buffer)]);
const plyHead = ['x', 'y', 'z', 'vx', 'vy', 'vz'].map((name) => `property float ${name}\n`).join('');
const ply = joined([text.encode(`ply\nformat binary_little_endian 1.0\nelement vertex 9000\n${plyHead}end_header\n`), new Uint8Array(Float32Array.from(rows.flat()).buffer)]);

/** A server of these bytes; counts how often it was asked. @param {import('node:test').TestContext} context @param {Record<string, Uint8Array>} files */
async function serve(context, files) {
  const asked = { count: 0 };
  const server = createServer((request, response) => {
    asked.count++;
    const bytes = files[String(request.url)];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  context.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: (/** @type {string} */ path) => `http://127.0.0.1:${port}${path}`, asked };
}

test('every format from every source: the same state, and again after a reset', async (context) => {
  const { url } = await serve(context, { '/a.csv': csv, '/a.xyz': xyz, '/a.npy': npy, '/a.ply': ply });
  /** @type {Map<string, bigint>} */
  const wanted = new Map();
  for (const [name, bytes] of Object.entries({ 'a.csv': csv, 'a.xyz': xyz, 'a.npy': npy, 'a.ply': ply })) {
    const kind = name === 'a.npy' || name === 'a.ply' ? 'arrays' : 'texts';
    const sources = {
      bytes: () => bytes,
      blob: () => new Blob([bytes]),
      response: () => fetch(url(`/${name}`)),
      function: async () => () => streamOf(bytes),
      ...(name === 'a.csv' ? {} : { stream: () => streamOf(bytes) }),
    };
    for (const [source, make] of Object.entries(sources)) {
      const simulation = await begin(await make(), name);
      const hash = await simulation.hash();
      assert.equal(hash, wanted.get(kind) ?? hash, `${name} from ${source}`);
      wanted.set(kind, hash);
      assert.equal(simulation.count, 9000);
      await simulation.step(5);
      await simulation.checkpoint();
      assert.notEqual(await simulation.hash(), hash);
      await simulation.reset();
      assert.equal(await simulation.hash(), hash, `${name} from ${source}, after a reset`);
      simulation.dispose();
    }
  }
  const simulation = await begin(npy, 'a.npy');
  assert.deepEqual([...simulation.fields.position.subarray(0, 9)], rows.slice(0, 3).flatMap((row) => row.slice(0, 3)));
  assert.deepEqual([...simulation.fields.velocity.subarray(0, 9)], rows.slice(0, 3).flatMap((row) => row.slice(3)));
  simulation.dispose();
});

test('ordinary memory takes them too', async () => {
  const [shared, ordinary] = [await begin(csv, 'a.csv'), await begin(csv, 'a.csv', { shared: false })];
  assert.equal(await ordinary.hash(), await shared.hash());
  shared.dispose();
  ordinary.dispose();
});

test('a response is read as it comes, and fetched anew for a reset only', async (context) => {
  const files = { '/a.npy': npy };
  const { url, asked } = await serve(context, files);
  const simulation = await begin(await fetch(url('/a.npy')));
  const hash = await simulation.hash();
  assert.equal(asked.count, 1);
  await simulation.step(3);
  await simulation.checkpoint();
  const kept = await simulation.hash();
  await simulation.step(3);
  // What is there now is another file.
  files['/a.npy'] = Uint8Array.from(npy, (byte, k) => (k === npy.length - 2 ? byte ^ 1 : byte));
  await assert.rejects(simulation.reset(), /a\.npy was changed since it was first read/);
  assert.equal(await simulation.hash(), kept, 'the run stands where it was last kept');
  files['/a.npy'] = npy;
  await simulation.reset();
  assert.equal(await simulation.hash(), hash);
  assert.equal(asked.count, 3);
  simulation.dispose();
  await assert.rejects(begin(await fetch(url('/b.npy'))), /b\.npy could not be fetched: 404/);
});

test('what is wrong is told with line or byte', async () => {
  const head = npyHead(2, 3);
  /** @type {[string, Uint8Array | string, RegExp][]} */
  const cases = [
    ['a.csv', 'x,y,z\n1,2,3\n1,two,3\n', /`two` is not a number \(position y\)\n {2}--> a\.csv:3:3/],
    ['a.csv', 'x,y,z,id\n1,2,3,4\n5,6,7,8\n1,2,3,4\n', /id 4 stands twice, first at line 2\n {2}--> a\.csv:4/],
    ['a.csv', 'x,y,z,species\n1,2,3,Q\n', /`Q` is no species of the scene\n {2}--> a\.csv:2:7/],
    ['a.csv', 'x,y,z\n', /the file has no particles/],
    ['a.csv', '', /the file is empty/],
    ['a.xyz', '2\n\nA 1 2 3\n', /the file ends after 1 of 2 particles\n {2}--> a\.xyz:3/],
    ['a.xyz', '2\n', /the file ends before the comment line/],
    ['a.npy', joined([head, new Uint8Array(20)]), new RegExp(`ends after 1 of 2 particles\n {2}--> a\\.npy: byte ${head.length + 20}`)],
    ['a.npy', joined([head, new Uint8Array(25)]), new RegExp(`bytes behind the last of 2 particles\n {2}--> a\\.npy: byte ${head.length + 24}`)],
    ['a.npy', joined([head, new Uint8Array(Float32Array.of(0, 0, 0, 0, NaN, 0).buffer)]), new RegExp(`position y of particle 1 is not finite\n {2}--> a\\.npy: byte ${head.length + 16}`)],
    ['a.npy', npyHead(4e9, 3), /a\.npy: the scene has 4000000000 particles and needs/],
    ['a.ply', 'ply\nformat binary_big_endian 1.0\n', /this format is not read.*\n {2}--> a\.ply:2:1/],
  ];
  for (const [name, content, message] of cases) {
    const bytes = typeof content === 'string' ? text.encode(content) : content;
    await assert.rejects(begin(bytes, name), message);
    await assert.rejects(begin(() => streamOf(bytes, 1), name), message);
  }
  await assert.rejects(begin(streamOf(csv), 'a.csv'), /a\.csv must be read twice.*\n.*\(\) => fetch\(url\)/);
  await assert.rejects(begin(() => Promise.reject(new Error('no such thing')), 'a.csv'), /no such thing/);
});

test('a source that breaks off in the middle is an error, and its stream is let go', async () => {
  let cancelled = 0;
  const endless = (/** @type {Uint8Array} */ bytes) => new ReadableStream({ pull: (controller) => controller.enqueue(bytes), cancel: () => void cancelled++ });
  await assert.rejects(begin(() => endless(text.encode('nonsense\n')), 'a.xyz'), /`nonsense` is not a particle count/);
  assert.equal(cancelled, 1);
  const broken = () => new ReadableStream({ start: (c) => c.enqueue(npy.slice(0, 5000)), pull: (c) => c.error(new Error('the line went dead')) });
  await assert.rejects(begin(broken, 'a.npy'), /the line went dead/);
  const simulation = await begin(streamOf(npy), 'a.npy');
  simulation.dispose();
});

test('how far the reading is, is told to its end', async () => {
  /** @type {import('../../particles.js').Reach[]} */
  const told = [];
  let at = 0;
  const slow = () => new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      controller.enqueue(npy.slice(at, (at += 20_000)));
      if (at >= npy.length) controller.close();
    },
  });
  const simulation = await begin(slow, 'a.npy', { onReading: (/** @type {any} */ reach) => told.push(reach) });
  assert.ok(told.length > 2 && told.slice(0, -1).every((reach, k) => !reach.over && (k === 0 || reach.done >= told[k - 1].done)), JSON.stringify(told));
  assert.deepEqual(told.at(-1), { name: 'a.npy', done: npy.length, total: 0, over: true });
  simulation.dispose();
});

test('memory besides the block', { timeout: 600_000 }, async (context) => {
  const mebibytes = full ? 512 : 96;
  const count = Math.floor((mebibytes * 2 ** 20) / 48);
  const folder = await mkdtemp(join(tmpdir(), 'motes-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'large.npy');
  // A file with a hole: zeros that take no room on the disk.
  const file = await open(path, 'w');
  const head = npyHead(count, 6, '<f8');
  await file.write(head);
  await file.truncate(head.length + count * 48);
  await file.close();
  const module = await import(new URL('scene/scene.js', baseUrl).href);
  const { memory } = await module.default({ module_or_path: await readFile(new URL('scene/scene_bg.wasm', baseUrl)) });
  const reader = memory.buffer.byteLength;
  const before = process.memoryUsage();
  let [most, heap] = [0, 0];
  const watch = () => {
    const now = process.memoryUsage();
    // Memories of Wasm, the block among them, do not count here.
    most = Math.max(most, now.arrayBuffers - before.arrayBuffers);
    heap = Math.max(heap, now.heapUsed - before.heapUsed);
  };
  const blob = await openAsBlob(path);
  const timer = setInterval(watch, 1);
  const simulation = await begin(blob, 'large.npy', { onReading: watch });
  clearInterval(timer);
  watch();
  assert.equal(simulation.count, count);
  console.log(`# ${mebibytes} MiB of NPY: at most ${(most / 2 ** 20).toFixed(1)} MiB of array buffers and ${(heap / 2 ** 20).toFixed(1)} MiB of heap more than before; the block has ${(simulation.memory.buffer.byteLength / 2 ** 20).toFixed(0)} MiB`);
  assert.ok(most < 32 * 2 ** 20, `${most} bytes of array buffers`);
  assert.ok(heap < 32 * 2 ** 20, `${heap} bytes of heap`);
  assert.ok(memory.buffer.byteLength - reader < 8 * 2 ** 20, `${memory.buffer.byteLength - reader} bytes in scene.wasm`);
  simulation.dispose();
});
