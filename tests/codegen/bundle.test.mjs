// SPDX-License-Identifier: Apache-2.0
// A bundle as others see it: model.json follows its schema, the runtime's own readers accept it, and
// every hash is that of the file.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { build } from 'esbuild';
import { root } from '../support/paths.mjs';
import { runCodegenTest } from './fixtures.mjs';

async function writeBundle(t) {
  const parent = await runCodegenTest(t, 'BundleWriter.WritesABundleThatReadsBack');
  const folder = join(parent, 'bundle');
  const text = await readFile(join(folder, 'model.json'));
  return { folder, text, manifest: JSON.parse(text) };
}

async function schemaValidator() {
  const schema = JSON.parse(await readFile(join(root, 'codegen/bundle/model.schema.json')));
  return new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
}

// A module of the runtime, compiled as esbuild does for the page.
async function importTypeScript(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

test('model.json follows its schema', async (t) => {
  const { manifest } = await writeBundle(t);
  const validate = await schemaValidator();
  assert.ok(validate(manifest), JSON.stringify(validate.errors, null, 1));
});

const optional = ['licence', 'response_template', 'tool_format', 'tool_template'];

test('the schema refuses what is missing, unknown or misplaced', async (t) => {
  const { manifest } = await writeBundle(t);
  const validate = await schemaValidator();
  const spoil = [
    ...Object.keys(manifest)
      .filter((name) => !optional.includes(name))
      .map((name) => (m) => delete m[name]),
    (m) => (m.surprise = 1),
    (m) => (m.model.surprise = 1),
    (m) => (m.tensors[0].pieces[0].offset = 4),
    (m) => (m.files[0].path = '../model.wasm'),
    (m) => (m.generation.nested = {}),
  ];
  for (const change of spoil) {
    const copy = structuredClone(manifest);
    change(copy);
    assert.ok(!validate(copy), String(change));
  }
});

test('every file has the hash and the size that are stated', async (t) => {
  const { folder, manifest } = await writeBundle(t);
  for (const { path, bytes, sha256 } of manifest.files) {
    const content = await readFile(join(folder, path));
    assert.equal(content.length, bytes, path);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256, path);
  }
});

test('the runtime reads manifest and program', async (t) => {
  const { folder, text, manifest } = await writeBundle(t);
  const { parseManifest } = await importTypeScript('runtime/web/load/manifest.ts');
  const read = parseManifest(new Uint8Array(text));
  assert.equal(read.model.name, 'sample "model"');
  assert.equal(read.tensors.length, manifest.tensors.length);

  const { parseProgram } = await importTypeScript('runtime/web/gpu/program.ts');
  const module = await WebAssembly.compile(await readFile(join(folder, 'model.wasm')));
  const [section] = WebAssembly.Module.customSections(module, 'webllm.program');
  const program = parseProgram(await inflated(section), read.tensors.length);
  assert.equal(program.functions[0].export, 'plan_forward');
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  assert.deepEqual(exported.sort(), ['memory', 'plan_forward', 'steps']);
});
