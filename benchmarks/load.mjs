// SPDX-License-Identifier: Apache-2.0
// From nothing to the first token: the phases of loading with their bytes, and the memory beside the GPU's.
//
// A Llama of 1.1 B parameters with random weights as q4f16_1, read from the disk by a Node process of
// its own. Weights and kernels are loaded together; the check compares each variant of a kernel with
// its plain form (where a driver compiles at the first use, as software does, that is part of it).
// GPUs in software have their buffers in the process's memory: those are subtracted from its peak.
//   sh benchmarks/run.sh load [lavapipe | swiftshader | gpu [MODEL FOLDER]]
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { binary, buildFolder, root } from '../tests/support/paths.mjs';
import { openAdapter } from './support/open_adapter.mjs';
import { peakMemory } from './support/peak_memory.mjs';
import { writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const promptTokens = 4; // what lavapipe computes without compiling the forms for many rows

// In a process of its own: when, in milliseconds from the beginning, each phase began and ended.
async function load(bundle, adapter) {
  const { createEngine } = await import(
    pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href
  );
  const gpu = openAdapter(adapter);
  const start = performance.now();
  const now = () => performance.now() - start;
  const phases = {};
  const progress = ({ phase, loaded, total }) => {
    phases[phase] ??= { from: now() };
    Object.assign(phases[phase], { to: now(), loaded, total });
  };
  const engine = await createEngine(pathToFileURL(bundle), { gpu, progress });
  const ready = now();
  const prompt = Array.from({ length: promptTokens }, (_, i) => i + 2);
  for await (const token of engine.generate(prompt, { maxTokens: 1 })) void token;
  const first = now();
  const { allocatedBytes } = await engine.memory();
  await engine.close();
  const peak = await peakMemory();
  console.log(JSON.stringify({ phases, ready, first, allocatedBytes, peak }));
}

async function measure(bundle, adapter) {
  const words = [fileURLToPath(import.meta.url), 'load', bundle, adapter];
  const { stdout } = await run(process.execPath, words);
  const { phases, ...times } = JSON.parse(stdout.trim().split('\n').at(-1));
  const { library, weights, kernels } = phases;
  const loaded = Math.max(weights.to, kernels.to);
  const rows = [
    ['device, library, tokenizer', 0, Math.min(weights.from, kernels.from), library.total],
    ['weights', weights.from, weights.to, weights.total],
    ['kernels', kernels.from, kernels.to, 0],
    ['check of variants', loaded, times.ready, 0],
    ['first token', times.ready, times.first, 0],
  ];
  return { rows, ...times };
}

async function benchmark(adapter = 'lavapipe', folder = join(root, 'build/random-1b')) {
  const model = resolve(folder);
  const place = await mkdtemp(join(tmpdir(), 'webllm-load-'));
  try {
    if (!existsSync(model)) await writeRandomLlama(model);
    const bundle = join(place, 'bundle');
    const options = ['-o', bundle, '--quantization', 'q4f16_1', '--json'];
    const { bytes } = JSON.parse((await run(binary, [model, ...options])).stdout);
    const { rows, first, allocatedBytes, peak } = await measure(bundle, adapter);
    const beside = adapter === 'gpu' ? peak : peak - allocatedBytes;
    report(
      'load',
      rows.map(([phase, from, to, phaseBytes]) => ({
        phase,
        from_ms: Math.round(from),
        to_ms: Math.round(to),
        ms: Math.round(to - from),
        bytes: phaseBytes,
      })),
      {
        adapter,
        model: basename(model),
        prompt_tokens: promptTokens,
        first_token_ms: Math.round(first),
        bundle_bytes: bytes,
        gpu_bytes: allocatedBytes,
        bytes_beside: beside,
        share_of_bundle: Number((beside / bytes).toFixed(2)),
      },
    );
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const [first, ...others] = process.argv.slice(2);
await (first === 'load' ? load(...others) : benchmark(...(first ? [first, ...others] : [])));
