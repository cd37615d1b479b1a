// SPDX-License-Identifier: Apache-2.0
// model.json and the program are checked before use: each fault is a BundleError that names the file
// and the place.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { internals, temporaryFolder } from './internals.mjs';
import { writeTinyBundle } from './tiny_bundle.mjs';

const { parseManifest, Plan, BundleError } = await internals(
  'load/manifest.ts',
  'gpu/plan.ts',
  'errors.ts',
);

const text = (value) => new TextEncoder().encode(JSON.stringify(value));

async function manifestWith(t, change) {
  const folder = await writeTinyBundle(await temporaryFolder(t));
  const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  change(manifest);
  return text(manifest);
}

test('a manifest that is in order', async (t) => {
  const manifest = parseManifest(await manifestWith(t, () => {}));
  assert.equal(manifest.model.name, 'tiny-hash');
  assert.equal(manifest.library.path, 'model.wasm');
  assert.deepEqual(
    manifest.tensors[0].pieces.map(({ segment, at }) => [segment, at]),
    [
      [0, 0],
      [1, 128],
    ],
  );
});

const faults = [
  ['another format', (m) => (m.format = 'gguf'), /is this the folder of a bundle/],
  ['a newer bundle', (m) => (m.version = 9), /the runtime is the older side/],
  ['a newer runtime is asked for', (m) => (m.minimum_runtime = 9), /the runtime is the older side/],
  ['an older bundle', (m) => (m.version = 0), /the bundle is the older side/],
  ['a missing field', (m) => delete m.context, /model\.json: context is missing, wanted a whole/],
  ['a wrong type', (m) => (m.model.name = 7), /model\.name is 7, wanted text/],
  ['a fraction', (m) => (m.context = 1.5), /context is 1\.5/],
  ['an id beyond the vocabulary', (m) => (m.eos_token_ids = [99]), /eos_token_ids\[0\] is 99/],
  ['a list that is none', (m) => (m.segments = {}), /segments is \{\}, wanted a list/],
  ['a path that leaves the bundle', (m) => (m.segments[0].path = '../x'), /a relative path/],
  ['a path from the root', (m) => (m.segments[0].path = '/etc/x'), /a relative path/],
  ['an address as path', (m) => (m.segments[0].path = 'https://a.example/x'), /a relative path/],
  ['a hash that is none', (m) => (m.files[0].sha256 = 'ff'), /files\[0\]\.sha256/],
  ['no model.wasm', (m) => (m.files = []), /names no file model\.wasm/],
  ['a piece beyond its segment', (m) => (m.tensors[0].pieces[1].bytes = 256), /reaches beyond/],
  ['a gap in a tensor', (m) => (m.tensors[0].pieces[1].at = 132), /pieces\[1\] is at 132/],
  [
    'an unaligned piece',
    (m) => (m.tensors[0].pieces[0].bytes = 3),
    /a whole number from 4|multiple/,
  ],
  ['a tensor without its end', (m) => m.tensors[0].pieces.pop(), /128 bytes together, wanted 256/],
  ['a segment that is not there', (m) => (m.tensors[0].pieces[0].segment = 2), /segment is 2/],
];

for (const [name, change, message] of faults) {
  test(`model.json: ${name}`, async (t) => {
    const bytes = await manifestWith(t, change);
    assert.throws(
      () => parseManifest(bytes),
      (error) => {
        assert.ok(error instanceof BundleError, error.stack);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('model.json: a page of a server', () => {
  assert.throws(() => parseManifest(new TextEncoder().encode('<!doctype html><p>Not here')), {
    name: 'BundleError',
    message: /is not JSON: it begins with "<!doctype html>/,
  });
});

const programFaults = [
  ['a newer version', (p) => (p.version = 3), /the runtime is the older side/],
  ['a kernel that is not there', (p) => (p.bind_groups[0].kernel = 9), /kernel is 9/],
  ['a buffer that is not there', (p) => (p.bind_groups[0].buffers[0] = 99), /buffers\[0\] is 99/],
  ['too few bindings', (p) => p.bind_groups[0].buffers.pop(), /binds 3 buffers, but kernel write_/],
  ['a role that is none', (p) => (p.buffers[0].role = 'x'), /role is "x", wanted one of tokens/],
  ['a weight of no tensor', (p) => (p.buffers[4].tensor = 1), /tensor is 1/],
  ['a size that no plan knows', (p) => (p.functions[0].parameters = ['x']), /parameters\[0\]/],
  ['two buffers of tokens', (p) => (p.buffers[5].role = 'tokens'), /2 buffers of role tokens/],
  ['a function without code', (p) => (p.functions[0].export = 'plan_x'), /exports no plan_x/],
];

for (const [name, change, message] of programFaults) {
  test(`program: ${name}`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeTinyBundle(folder, { change: (manifest, program) => change(program) });
    const bytes = await readFile(join(folder, 'model.wasm'));
    await assert.rejects(Plan.load(bytes, 1), { name: 'BundleError', message });
  });
}

test('model.wasm without a program, and what is no module', async (t) => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  await assert.rejects(Plan.load(empty, 1), { message: /no section webllm\.program/ });
  await assert.rejects(Plan.load(text('hello'), 1), { message: /not a WebAssembly module/ });
  const folder = await writeTinyBundle(await temporaryFolder(t));
  const bytes = await readFile(join(folder, 'model.wasm'));
  bytes[bytes.length - 20] ^= 0xff; // in the deflated text
  await writeFile(join(folder, 'model.wasm'), bytes);
  await assert.rejects(Plan.load(bytes, 1), { name: 'BundleError', message: /webllm\.program/ });
});
