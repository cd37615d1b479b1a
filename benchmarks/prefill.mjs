// SPDX-License-Identifier: Apache-2.0
// How fast a prompt is read: tokens per second, against the form for few rows and the GPU's own rate.
//
// A random Llama reads the same prompt in steps of as many rows as its bundle allows (gemm, tiled
// attention) and in steps of 4 (gemv, one row at a time). Between them a kernel that does nothing
// but f32 multiply-adds in registers shows what the GPU can do at most. Processor time is that of
// this process.
//   sh benchmarks/run.sh prefill [QUANTIZATION [lavapipe | swiftshader | gpu]]
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { binary, buildFolder } from '../tests/support/paths.mjs';
import { fastest } from './support/fastest.mjs';
import { flopKernel, measureRate } from './support/kernel_rate.mjs';
import { openAdapter } from './support/open_adapter.mjs';
import { writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const [quantization = 'q4f16_1', adapter = 'lavapipe'] = process.argv.slice(2);
const shape = {
  num_hidden_layers: 2,
  hidden_size: 1024,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  intermediate_size: 2816,
  vocab_size: 1024,
};
const promptTokens = 256;
const fewRows = 4; // what the compiler computes row by row (codegen/lower/lowering.h)

// Multiplications and additions of all matrices for one token.
const flopsPerToken =
  2 *
  shape.num_hidden_layers *
  shape.hidden_size *
  (2 * shape.hidden_size +
    (2 * shape.hidden_size * shape.num_key_value_heads) / shape.num_attention_heads +
    3 * shape.intermediate_size);

const folder = await mkdtemp(join(tmpdir(), 'webllm-prefill-'));
try {
  await writeRandomLlama(join(folder, 'model'), shape);
  const bundle = join(folder, 'bundle');
  const options = ['-o', bundle, '--quantization', quantization, '--context', '512'];
  await promisify(execFile)(binary, [join(folder, 'model'), ...options]);
  const { createEngine } = await import(
    pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href
  );
  const gpu = openAdapter(adapter);
  const engine = await createEngine(pathToFileURL(bundle), { gpu });
  const prompt = Array.from({ length: promptTokens }, (_, i) => (i * 37) % shape.vocab_size);

  const read = (chunk) => async () => {
    const generation = engine.generate(prompt, {
      maxTokens: 1,
      ignoreEos: true,
      chunk,
      reusePrefix: false,
    });
    for await (const token of generation) void token;
    return generation.result.prefillSeconds;
  };
  const forms = [
    ['one row at a time', fewRows],
    ['many rows', undefined],
  ];
  for (const [, chunk] of forms) await read(chunk)();
  const device = await (await gpu.requestAdapter()).requestDevice();
  const rate = await measureRate(device, flopKernel);
  device.destroy();
  const rows = [];
  for (const [form, chunk] of forms) {
    const best = await fastest(read(chunk));
    const flops = flopsPerToken * promptTokens;
    rows.push({
      form,
      tokens_per_second: Math.round(promptTokens / best.wall),
      processor_ms_per_token: ((1000 * best.processor) / promptTokens).toFixed(2),
      share_of_f32_rate: (flops / best.wall / rate.wall).toFixed(3),
      share_by_processor_time: (flops / best.processor / rate.processor).toFixed(3),
    });
  }
  await engine.close();
  report('prefill', rows, {
    adapter,
    quantization,
    parameters: flopsPerToken / 2,
    prompt_tokens: promptTokens,
    f32_gflops: (rate.wall / 1e9).toFixed(1),
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
