// SPDX-License-Identifier: Apache-2.0
// How far quantized weights move a model: mean KL divergence of next-token distributions against f32.
//
// Ours (q8f16_1, q4f16_1, q3f16_1) beside the rule of MLC's q4f16_1: groups of 32 along the input,
// scale = max / 7 in f16, codes 0..14 for (code - 7) * scale. The latter is written as a second
// checkpoint whose f32 values are those that its codes stand for, so that one program, `eval`,
// computes all distributions: those after each token of the golden text of stories260K, and after
// every 16th of 50 conversations with the default model. tests/numerics/quantization_test.cpp holds the ratios.
//   sh benchmarks/run.sh quantization
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { binary, root } from '../tests/support/paths.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const group = 32;
const quantizations = ['q8f16_1', 'q4f16_1', 'q3f16_1'];
const limits = { 'q8 / q4': 1 / 50, 'q4 / MLC': 0.8 };

const readJson = async (path) => JSON.parse(await readFile(join(root, path), 'utf8'));

// The beginnings of a text, each `step` tokens longer than the one before.
function beginnings(ids, step) {
  const count = Math.ceil(ids.length / step);
  return Array.from({ length: count }, (_, i) => ids.slice(0, 1 + i * step));
}

const models = [
  {
    name: 'stories260K',
    folder: join(root, 'build/data/models/stories260K-hf'),
    prefixes: async () => {
      const golden = await readJson('build/data/models/stories260K-hf/golden-greedy.json');
      return beginnings([...golden.prompt_ids, ...golden.greedy_ids], 1);
    },
  },
  {
    name: 'pebble-2m',
    folder: join(root, 'examples/models/pebble-2m'),
    prefixes: async () => {
      const conversations = await readJson('tests/examples/pebble_golden.json');
      return conversations.flatMap(({ prompt }) => beginnings(prompt, 16));
    },
  },
];

// The nearest f16; ties to even. Good for normal numbers, as scales are.
function toHalf(value) {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  const steps = value / unit;
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 !== 0);
  return (below + (up ? 1 : 0)) * unit;
}

// Replaces the values of a row by those that their codes stand for.
function quantizeAsMlcDoes(row) {
  for (let begin = 0; begin < row.length; begin += group) {
    const values = row.subarray(begin, begin + group);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = toHalf(largest / 7);
    for (const [i, value] of values.entries()) {
      const code = Math.min(Math.max(Math.round(value / scale + 7), 0), 14);
      values[i] = (code - 7) * scale;
    }
  }
}

function toFloats(dtype, bytes) {
  const copy = new Uint8Array(bytes).buffer; // aligned
  if (dtype === 'F32') return new Float32Array(copy);
  if (dtype === 'BF16') {
    const bits = Uint32Array.from(new Uint16Array(copy), (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  throw new Error(`a tensor is ${dtype}; the benchmark reads f32 and bf16 checkpoints`);
}

// A copy of the model folder, in f32, in which every matrix is quantized by that rule.
async function writeMlcModel(model, folder) {
  for (const name of await readdir(model)) {
    if (name !== 'model.safetensors') await copyFile(join(model, name), join(folder, name));
  }
  const file = await readFile(join(model, 'model.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString());
  delete header.__metadata__;
  const parts = [];
  let end = 0;
  for (const tensor of Object.values(header)) {
    const range = tensor.data_offsets;
    const values = toFloats(tensor.dtype, file.subarray(start + range[0], start + range[1]));
    const [rows, width] = tensor.shape;
    for (let row = 0; tensor.shape.length === 2 && row < rows; row++) {
      quantizeAsMlcDoes(values.subarray(row * width, (row + 1) * width));
    }
    parts.push(Buffer.from(values.buffer));
    tensor.dtype = 'F32';
    tensor.data_offsets = [end, (end += values.byteLength)];
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(join(folder, 'model.safetensors'), Buffer.concat([length, text, ...parts]));
}

async function logitsAfter(folder, quantization, texts) {
  const { stdout } = await run(binary, [
    ...['eval', folder, '--quantization', quantization, '--prompt-ids', ids.join()],
    ...['--max-tokens', '0', '--logits', '--json'],
  ]);
  return JSON.parse(stdout).logits;
}

function logProbabilities(logits) {
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(total));
}

// KL(p || q) in nats.
function divergence(p, q) {
  return p.reduce((sum, logP, i) => sum + Math.exp(logP) * (logP - q[i]), 0);
}

// The distributions after each of some texts.
async function distributions(folder, quantization, texts) {
  const all = new Array(texts.length);
  const places = all.keys();
  const worker = async () => {
    for (const place of places) {
      all[place] = logProbabilities(await logitsAfter(folder, quantization, texts[place]));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return all;
}

const argmax = (values) => values.indexOf(Math.max(...values));

const short = (value) => Number(value.toPrecision(4));

function row(model, rule, exact, quantized) {
  const each = exact.map((p, i) => divergence(p, quantized[i]));
  const same = exact.filter((p, i) => argmax(p) === argmax(quantized[i])).length;
  return {
    model,
    rule,
    mean_kl: short(each.reduce((sum, kl) => sum + kl, 0) / each.length),
    largest_kl: short(Math.max(...each)),
    same_next_token: short(same / exact.length),
  };
}

async function measure({ name, folder, prefixes }) {
  const texts = await prefixes();
  const exact = await distributions(folder, 'q0f32', texts);
  const rows = [];
  for (const quantization of quantizations) {
    rows.push(row(name, quantization, exact, await distributions(folder, quantization, texts)));
  }
  const copy = await mkdtemp(join(tmpdir(), 'webllm-quantization-'));
  try {
    await writeMlcModel(folder, copy);
    rows.push(row(name, "MLC's q4f16_1", exact, await distributions(copy, 'q0f32', texts)));
  } finally {
    await rm(copy, { recursive: true });
  }
  const [q8, q4, , mlc] = rows.map((each) => each.mean_kl);
  const ratios = { 'q8 / q4': q8 / q4, 'q4 / MLC': q4 / mlc };
  for (const [ratio, limit] of Object.entries(limits)) {
    console.log(`${name}, ${texts.length} positions, mean KL ${ratio}: ${short(ratios[ratio])}`);
    if (!(ratios[ratio] <= limit)) process.exitCode = 1;
  }
  return { rows, ratios, positions: texts.length };
}

const measured = [];
for (const model of models) measured.push({ model: model.name, ...(await measure(model)) });
report(
  'quantization',
  measured.flatMap(({ rows }) => rows),
  { models: measured.map(({ model, positions, ratios }) => ({ model, positions, ratios })) },
);
