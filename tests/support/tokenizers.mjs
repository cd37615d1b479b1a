// SPDX-License-Identifier: Apache-2.0
// Tokenizers of any folder or tokenizer.json, compiled by the built binary and run by runtime.wasm:
//   const tokenizer = await openTokenizer(t, 'tokenizers/qwen2.5');
//   tokenizer.encode('Hi', { addSpecial: false });
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { writeRandomLlama } from '../../benchmarks/support/random_llama.mjs';
import { internals } from '../runtime/web/internals.mjs';
import { binary, buildFolder, requireTestData } from './paths.mjs';

const run = promisify(execFile);

function tokenizerJsonAt(path) {
  const file = statSync(path).isDirectory() ? join(path, 'tokenizer.json') : path;
  return { file, json: JSON.parse(readFileSync(file, 'utf8')) };
}

/** The tokenizer.json of a folder or file of the test data, parsed; null when it is absent. */
export function readTokenizerJson(t, place) {
  const path = requireTestData(t, place);
  return path && tokenizerJsonAt(path);
}

function sizeOf({ model, added_tokens: added }) {
  const ids = Array.isArray(model.vocab) ? [model.vocab.length - 1] : Object.values(model.vocab);
  return [...ids, ...added.map(({ id }) => id)].reduce((most, id) => Math.max(most, id)) + 1;
}

/** tokenizer.bin: of a model that is as small as can be but for its vocabulary. */
export async function compileTokenizer(path) {
  const { file, json } = tokenizerJsonAt(path);
  const temporary = await mkdtemp(join(tmpdir(), 'webllm-tokenizer-'));
  try {
    const model = join(temporary, 'model');
    await writeRandomLlama(model, {
      num_hidden_layers: 1,
      hidden_size: 32,
      num_attention_heads: 1,
      num_key_value_heads: 1,
      intermediate_size: 32,
      vocab_size: sizeOf(json),
    });
    await copyFile(file, join(model, 'tokenizer.json'));
    const settings = 'tokenizer_config.json';
    if ((await readdir(dirname(file))).includes(settings)) {
      await copyFile(join(dirname(file), settings), join(model, settings));
    }
    const bundle = join(temporary, 'bundle');
    await run(binary, [model, '-o', bundle, '--json']);
    return await readFile(join(bundle, 'tokenizer.bin'));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The same for the test data; null, and the test skipped, without it. */
export async function compileTestTokenizer(t, place) {
  const path = requireTestData(t, place);
  return path && compileTokenizer(path);
}

let classes;

/** runtime/web's Tokenizer; null, and the test skipped, without test data. */
export async function openTokenizer(t, place) {
  const file = await compileTestTokenizer(t, place);
  if (!file) return null;
  classes ??= internals('host/host.ts', 'host/tokenizer.ts');
  const { Host, Tokenizer } = await classes;
  const host = await Host.load(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));
  return Tokenizer.open(host, file);
}
