// SPDX-License-Identifier: Apache-2.0
// Tokenizers of the test data, compiled by the built binary and run by runtime.wasm:
//   const tokenizer = await openTokenizer(t, 'tokenizers/qwen2.5');
//   tokenizer.encode('Hi', { addSpecial: false });
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { writeRandomLlama } from '../../benchmarks/support/random_llama.mjs';
import { compileFolder } from './bundles.mjs';
import { buildFolder, requireTestData, root } from './paths.mjs';

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'webllm-tokenizer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The tokenizer.json of a folder or file of the test data, parsed; null when it is absent. */
export function readTokenizerJson(t, place) {
  const path = requireTestData(t, place);
  if (!path) return null;
  const file = statSync(path).isDirectory() ? join(path, 'tokenizer.json') : path;
  return { file, json: JSON.parse(readFileSync(file, 'utf8')) };
}

function sizeOf({ model, added_tokens: added }) {
  const ids = Array.isArray(model.vocab) ? [model.vocab.length - 1] : Object.values(model.vocab);
  return [...ids, ...added.map(({ id }) => id)].reduce((most, id) => Math.max(most, id)) + 1;
}

/** tokenizer.bin: of a model that is as small as can be but for its vocabulary. */
export async function compileTokenizer(t, place) {
  const source = readTokenizerJson(t, place);
  if (!source) return null;
  const model = join(temporaryFolder(t), 'model');
  await writeRandomLlama(model, {
    num_hidden_layers: 1,
    hidden_size: 32,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    intermediate_size: 32,
    vocab_size: sizeOf(source.json),
  });
  copyFileSync(source.file, join(model, 'tokenizer.json'));
  return readFileSync(join(compileFolder(t, model, 'q4f16_1'), 'tokenizer.bin'));
}

let classes;
async function importClasses(t) {
  const outfile = join(temporaryFolder(t), 'tokenizer.mjs');
  const contents = ['host.ts', 'tokenizer.ts']
    .map((name) => `export * from ${JSON.stringify(join(root, 'runtime/web', name))};`)
    .join('\n');
  const stdin = { contents, loader: 'ts', resolveDir: root };
  await build({ stdin, bundle: true, format: 'esm', outfile, logLevel: 'error' });
  return import(pathToFileURL(outfile));
}

/** runtime/web's Tokenizer; null, and the test skipped, without test data. */
export async function openTokenizer(t, place) {
  const file = await compileTokenizer(t, place);
  if (!file) return null;
  classes ??= importClasses(t);
  const { Host, Tokenizer } = await classes;
  const host = await Host.load(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));
  return Tokenizer.open(host, file);
}
