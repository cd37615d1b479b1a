// SPDX-License-Identifier: Apache-2.0
// The parts of the runtime below its engine, as a page would run them: the tokenizer of runtime.wasm
// and the grammars of grammar.wasm, and tokenizer.bin of a model folder.
//
//   const file = await compileTokenizer('build/data/tokenizers/qwen2.5');
//   const { tokenizer, grammars } = await openParts(file, [151645]);
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { binary, buildFolder, root } from '../../tests/support/paths.mjs';
import { writeRandomLlama } from './random_llama.mjs';

const run = promisify(execFile);

async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-benchmark-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of tokenizer.bin for the tokenizer in `folder`. */
export function compileTokenizer(folder) {
  return withFolder(async (temporary) => {
    const model = join(temporary, 'model');
    const { model: parts, added_tokens: added } = JSON.parse(
      await readFile(join(folder, 'tokenizer.json'), 'utf8'),
    );
    const ids = [...Object.values(parts.vocab), ...added.map(({ id }) => id)];
    await writeRandomLlama(model, {
      num_hidden_layers: 1,
      hidden_size: 32,
      num_attention_heads: 1,
      num_key_value_heads: 1,
      intermediate_size: 32,
      vocab_size: Math.max(...ids) + 1,
    });
    for (const name of await readdir(folder)) {
      if (/^tokenizer(_config)?\.json$/.test(name)) {
        await copyFile(join(folder, name), join(model, name));
      }
    }
    const bundle = join(temporary, 'bundle');
    await run(binary, [model, '-o', bundle]);
    return readFile(join(bundle, 'tokenizer.bin'));
  });
}

/** The classes of the runtime's own modules. */
function importParts() {
  const web = (name) => `export * from ${JSON.stringify(join(root, 'runtime/web', name))};`;
  return withFolder(async (temporary) => {
    const outfile = join(temporary, 'parts.mjs');
    await build({
      stdin: {
        contents: ['host.ts', 'tokenizer.ts', 'grammar.ts'].map(web).join('\n'),
        loader: 'ts',
        resolveDir: root,
      },
      bundle: true,
      format: 'esm',
      outfile,
      logLevel: 'error',
    });
    return import(pathToFileURL(outfile));
  });
}

/** `ends`: the ids that end an answer. */
export async function openParts(tokenizerBin, ends) {
  const { Host, Tokenizer, Grammars } = await importParts();
  const wasm = (name) => readFile(join(buildFolder, 'runtime', name));
  const host = await Host.load(await wasm('runtime.wasm'));
  const tokenizer = Tokenizer.open(host, tokenizerBin);
  const started = performance.now();
  const grammars = await Grammars.load(await wasm('grammar.wasm'), tokenizerBin, ends);
  return { tokenizer, grammars, loadMilliseconds: performance.now() - started };
}
