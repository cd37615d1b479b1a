// SPDX-License-Identifier: Apache-2.0
// What a decoded token costs: calls of WebGPU, bytes moved, and time against a copy kernel's.
//
// A Llama of 1.1 B parameters with random weights as q4f16_1, in Node. The calls and the time of a
// token are those of an answer of nine less those of an answer of one, by eight: loading, the prompt
// and what is made once drop out. The rate of a kernel that copies is measured in the same run; a
// step's share of it takes each matrix and the keys and values of the context as read once.
//   sh benchmarks/run.sh decode [lavapipe | swiftshader | gpu [MODEL FOLDER]]
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { countCalls } from '../tests/runtime/web/count_calls.mjs';
import { binary, buildFolder, root } from '../tests/support/paths.mjs';
import { copyKernel, measureRate } from './support/kernel_rate.mjs';
import { openAdapter } from './support/open_adapter.mjs';
import { writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const [adapter = 'lavapipe', folder = join(root, 'build/random-1b')] = process.argv.slice(2);
const model = resolve(folder);
const quantization = 'q4f16_1';
const promptTokens = 4; // as few as the form for few rows takes
const tokens = 8;
const counted = {
  dispatches: 'dispatchWorkgroups',
  'compute passes': 'beginComputePass',
  'bind groups created': 'createBindGroup',
  'bind groups set': 'setBindGroup',
  'buffers created': 'createBuffer',
  submits: 'submit',
  'buffer writes': 'writeBuffer',
  'bytes written': 'writtenBytes',
  'reads back': 'mapAsync',
  'bytes read back': 'readBytes',
};

// What a token reads: matrices that are multiplied by, and the cache as it is in the middle.
function bytesPerToken({ layers }) {
  const context = promptTokens + tokens / 2;
  return layers
    .filter((layer) => layer.flops_per_token > 0)
    .reduce((sum, layer) => sum + layer.weight_bytes + context * layer.kv_bytes_per_token, 0);
}

async function decode(bundle) {
  const { createEngine } = await import(
    pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href
  );
  const gpu = openAdapter(adapter);
  const offered = await gpu.requestAdapter();
  const features = ['shader-f16', 'subgroups'].filter((name) => offered.features.has(name));
  const device = await offered.requestDevice();
  const rate = await measureRate(device, copyKernel);
  const counts = countCalls(device);
  device.destroy();
  const engine = await createEngine(pathToFileURL(bundle), { gpu });

  const prompt = Array.from({ length: promptTokens }, (_, i) => i + 2);
  const answer = async (maxTokens) => {
    counts.reset();
    const processor = process.cpuUsage();
    const start = performance.now();
    const generation = engine.generate(prompt, { maxTokens, ignoreEos: true, reusePrefix: false });
    for await (const token of generation) void token;
    const { user, system } = process.cpuUsage(processor);
    const time = (performance.now() - start) / 1000;
    return { ...counts, wall: time, processor: (user + system) / 1e6 };
  };
  await answer(2); // the driver compiles when a pipeline is first used
  const one = await answer(1);
  const more = await answer(1 + tokens);
  await engine.close();

  const perToken = (name) => (more[name] - one[name]) / tokens;
  return {
    rate,
    features,
    calls: Object.entries(counted).map(([what, call]) => ({ what, per_token: perToken(call) })),
    time: { wall: perToken('wall'), processor: perToken('processor') },
  };
}

const place = await mkdtemp(join(tmpdir(), 'webllm-decode-'));
try {
  if (!existsSync(model)) await writeRandomLlama(model);
  const bundle = join(place, 'bundle');
  await promisify(execFile)(binary, [model, '-o', bundle, '--quantization', quantization]);
  const manifest = JSON.parse(await readFile(join(bundle, 'model.json'), 'utf8'));
  const bytes = bytesPerToken(manifest);
  const { rate, features, calls, time } = await decode(bundle);
  report('decode', calls, {
    adapter,
    model: basename(model),
    quantization,
    features,
    tokens_per_second: (1 / time.wall).toPrecision(3),
    processor_seconds_per_token: time.processor.toPrecision(3),
    mb_read_per_token: Math.round(bytes / 1e6),
    copy_gb_per_second: (rate.wall / 1e9).toPrecision(3),
    share_of_copy_rate: (bytes / time.wall / rate.wall).toPrecision(3),
    share_by_processor_time: (bytes / time.processor / rate.processor).toPrecision(3),
  });
} finally {
  await rm(place, { recursive: true, force: true });
}
