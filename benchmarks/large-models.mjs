// SPDX-License-Identifier: Apache-2.0
// Models of the widths of Llama 3 8 B and 70 B, on WebGPU's default limits: do they load and run?
//
// Random weights, two layers, the whole vocabulary. Each model is compiled, then loaded by a process
// of its own on lavapipe, whose GPU buffers are memory of that process, too: what it needs beside
// them is its peak of resident memory less their bytes, to be compared with the bytes of the bundle.
// Then it computes the logits of one token and, the other way that a head is read, the token after it.
// Needs 10 GB of disk and 5 GB of memory.
//   sh benchmarks/run.sh large-models [8B | 70B]
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { openGpu } from '../tests/support/adapters.mjs';
import { binary, buildFolder } from '../tests/support/paths.mjs';
import { peakMemory } from './support/peak_memory.mjs';
import { shape70B, shape8B, writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const shapes = { '8B': shape8B, '70B': shape70B };
const bindingBytes = 128 << 20; // WebGPU's default
const bufferBytes = 256 << 20;
const mostMemory = 1.1; // of the bundle's bytes

// In a process of its own: what loading and one token take.
async function load(bundle) {
  const { createEngine } = await import(
    pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href
  );
  const gpu = openGpu('lavapipe');
  const engine = await createEngine(pathToFileURL(bundle), { gpu });
  const loaded = await peakMemory();
  const { allocatedBytes } = await engine.memory();
  const logits = await engine.logits([1]);
  const ids = [];
  for await (const { id } of engine.generate([1], { maxTokens: 1, ignoreEos: true })) ids.push(id);
  await engine.close();
  const agree =
    logits.every(Number.isFinite) &&
    ids[0] === logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
  console.log(JSON.stringify({ loaded, allocatedBytes, logits: logits.length, agree }));
}

async function measure(name, shape) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-large-'));
  try {
    const model = join(folder, 'model');
    await writeRandomLlama(model, shape, { repeat: true });
    const bundle = join(folder, 'bundle');
    const options = ['-o', bundle, '--quantization', 'q4f16_1', '--context', '4096', '--json'];
    const { bytes } = JSON.parse((await run(binary, [model, ...options])).stdout);
    await rm(model, { recursive: true });
    const { limits } = JSON.parse(await readFile(join(bundle, 'model.json'), 'utf8')).requirements;
    const { stdout } = await run(process.execPath, [
      import.meta.filename ?? process.argv[1],
      'load',
      bundle,
    ]);
    const { loaded, allocatedBytes, logits, agree } = JSON.parse(stdout.trim().split('\n').at(-1));
    const beside = (loaded - allocatedBytes) / bytes;
    return {
      model: name,
      bundle_mb: Math.round(bytes / 1e6),
      gpu_mb: Math.round(allocatedBytes / 1e6),
      largest_buffer_mib: Math.round(limits.maxBufferSize / 2 ** 20),
      beside_gpu_share: Number(beside.toFixed(3)),
      ok:
        limits.maxStorageBufferBindingSize <= bindingBytes &&
        limits.maxBufferSize <= bufferBytes &&
        beside <= mostMemory &&
        logits === shape.vocab_size &&
        agree,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === 'load') {
  await load(second);
} else {
  const rows = [];
  for (const [name, shape] of Object.entries(shapes)) {
    if (!first || first === name) rows.push(await measure(name, shape));
  }
  report('large-models', rows, { adapter: 'lavapipe', quantization: 'q4f16_1' });
  if (!rows.every(({ ok }) => ok)) process.exitCode = 1;
}
