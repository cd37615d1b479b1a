// SPDX-License-Identifier: Apache-2.0
// Runs the program as a user would, in a folder of its own.
//
//   const folder = temporaryFolder(t);
//   const { code, stdout, stderr } = await run(['inspect', model, '--json'], folder);
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { binary } from '../support/paths.mjs';

export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'webllm-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function start(args, cwd, env = {}) {
  return spawn(binary, args, { cwd, env: { ...process.env, ...env } });
}

export async function run(args, cwd, env) {
  const child = start(args, cwd, env);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

// Runs a command that should succeed and print one JSON value.
export async function runJson(args, cwd) {
  const { code, stdout, stderr } = await run([...args, '--json'], cwd);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

// A Llama model of one layer whose weights are all zero and take no room on the disk.
export function writeZeroModel(folder, { hidden, vocabulary }) {
  mkdirSync(folder);
  const write = (name, bytes, size) => {
    const file = openSync(join(folder, name), 'w');
    writeSync(file, bytes);
    closeSync(file);
    if (size) truncateSync(join(folder, name), size);
  };
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: hidden,
    num_hidden_layers: 1,
    num_attention_heads: hidden / 64,
    num_key_value_heads: hidden / 64,
    vocab_size: vocabulary,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    hidden_act: 'silu',
    bos_token_id: 1,
    eos_token_id: 2,
  };
  const square = [hidden, hidden];
  const shapes = { 'embed_tokens.weight': [vocabulary, hidden], 'norm.weight': [hidden] };
  for (const name of ['q', 'k', 'v', 'o'])
    shapes[`layers.0.self_attn.${name}_proj.weight`] = square;
  for (const name of ['gate', 'up', 'down']) shapes[`layers.0.mlp.${name}_proj.weight`] = square;
  shapes['layers.0.input_layernorm.weight'] = [hidden];
  shapes['layers.0.post_attention_layernorm.weight'] = [hidden];

  let end = 0;
  const header = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b);
    header[`model.${name}`] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  write('config.json', JSON.stringify(config));
  write('model.safetensors', Buffer.concat([length, json]), 8 + json.length + end);
}
