// SPDX-License-Identifier: Apache-2.0
// How far 4-bit weights move a model: mean KL divergence of next-token distributions against f32.
//
// Ours (q4f16_1) beside the rule of MLC's q4f16_1: groups of 32 along the input, scale = max / 7 in
// f16, codes 0..14 for (code - 7) * scale. The latter is written as a second checkpoint whose f32
// values are those that its codes stand for, so that one program, `eval`, computes all
// distributions: those after each token of the golden text of stories260K.
//   sh benchmarks/run.sh quantization [MODEL FOLDER WITH golden-greedy.json]
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { binary, root } from '../tests/support/paths.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const limit = 0.8; // ours / theirs
const group = 32;

const model = resolve(process.argv[2] ?? join(root, 'build/data/models/stories260K-hf'));

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

// A copy of the model folder in which every matrix is quantized by that rule.
async function writeMlcModel(folder) {
  for (const name of await readdir(model)) {
    if (name !== 'model.safetensors') await copyFile(join(model, name), join(folder, name));
  }
  const file = await readFile(join(model, 'model.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString());
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(header)) {
    if (name === '__metadata__' || shape.length !== 2) continue;
    if (dtype !== 'F32')
      throw new Error(`${name} is ${dtype}; the benchmark reads f32 checkpoints`);
    const bytes = new Uint8Array(file.subarray(start + range[0], start + range[1])); // aligned
    const values = new Float32Array(bytes.buffer);
    const [rows, width] = shape;
    for (let row = 0; row < rows; row++) {
      quantizeAsMlcDoes(values.subarray(row * width, (row + 1) * width));
    }
    file.set(bytes, start + range[0]);
  }
  await writeFile(join(folder, 'model.safetensors'), file);
}

async function logitsAfter(folder, quantization, ids) {
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

// The distributions after each prefix of the ids.
async function distributions(folder, quantization, ids) {
  const all = new Array(ids.length);
  const ends = all.keys();
  const worker = async () => {
    for (const end of ends) {
      const logits = await logitsAfter(folder, quantization, ids.slice(0, end + 1));
      all[end] = logProbabilities(logits);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return all;
}

const argmax = (values) => values.indexOf(Math.max(...values));

function row(rule, exact, quantized) {
  const each = exact.map((p, i) => divergence(p, quantized[i]));
  const same = exact.filter((p, i) => argmax(p) === argmax(quantized[i])).length;
  const short = (value) => Number(value.toPrecision(4));
  return {
    rule,
    mean_kl: short(each.reduce((sum, kl) => sum + kl, 0) / each.length),
    largest_kl: short(Math.max(...each)),
    same_next_token: short(same / exact.length),
  };
}

const golden = JSON.parse(await readFile(join(model, 'golden-greedy.json'), 'utf8'));
const ids = [...golden.prompt_ids, ...golden.greedy_ids];
const folder = await mkdtemp(join(tmpdir(), 'webllm-quantization-'));
try {
  await writeMlcModel(folder);
  const exact = await distributions(model, 'q0f32', ids);
  const rows = [
    row('ours (q4f16_1)', exact, await distributions(model, 'q4f16_1', ids)),
    row('MLC (q4f16_1)', exact, await distributions(folder, 'q0f32', ids)),
  ];
  const ratio = rows[0].mean_kl / rows[1].mean_kl;
  console.log(`mean KL, ours / MLC: ${ratio.toFixed(3)} (at most ${limit})`);
  report('quantization', rows, { model: model.split('/').at(-1), positions: ids.length, ratio });
  if (!(ratio <= limit)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
