// SPDX-License-Identifier: Apache-2.0
// Which kernels the time of a token goes to: a table, a timeline, a picture.
//
// Decodes some tokens, or with --prefill reads a prompt of so many, and times each dispatch on the GPU
// (runtime/web/profile). Prints the table; writes into build/profile, or --out FOLDER:
//   profile.json   every dispatch
//   trace.json     a timeline, for ui.perfetto.dev, chrome://tracing or speedscope
//   chart.svg      the table as bars
// Timestamps are not rounded here, as they are in browsers. FOLDER is a model or a bundle; a Llama of
// 1.1 B parameters with random weights when left out. Tokens are the likeliest ones, or chosen as a
// request asks for, of a model with a tokenizer: --request '{"temperature":0.8,"top_p":0.9}' profiles
// the kernels of drawing. --json prints the line of JSON only.
//   sh benchmarks/run.sh profile [lavapipe | swiftshader | gpu [FOLDER]] [--prefill TOKENS]
//     [--context TOKENS] [--tokens COUNT] [--request JSON] [--quantization NAME] [--out FOLDER] [--json]
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { binary, buildFolder, root } from '../tests/support/paths.mjs';
import { openAdapter } from './support/open_adapter.mjs';
import { writeRandomLlama } from './support/random_llama.mjs';
import { reportLine } from './support/report.mjs';

const exact = ['disable-dawn-features=timestamp_quantization'];
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prefill: { type: 'string' },
    context: { type: 'string', default: '4' }, // as few as the form for few rows takes
    tokens: { type: 'string', default: '8' },
    request: { type: 'string' },
    quantization: { type: 'string', default: 'q4f16_1' },
    out: { type: 'string', default: join(root, 'build/profile') },
    json: { type: 'boolean', default: false },
  },
});
const [adapter = 'lavapipe', folder = join(root, 'build/random-1b')] = positionals;
const runtimeFile = (name) => pathToFileURL(join(buildFolder, 'runtime', name)).href;

async function profileOf(bundle) {
  const { createEngine } = await import(runtimeFile('runtime.js'));
  const gpu = openAdapter(adapter, exact);
  const engine = await createEngine(pathToFileURL(bundle), { gpu, profile: true });
  const { vocabulary } = engine.model;
  const length = Number(options.prefill ?? options.context);
  const prompt = Array.from({ length }, (_, i) => (2 + 37 * i) % vocabulary);
  const request = options.request && JSON.parse(options.request);
  const answer = async (maxTokens) => {
    if (request) {
      await engine.forget();
      await engine.completions.create({ prompt, max_tokens: maxTokens, ...request });
      return engine.profile();
    }
    const settings = { maxTokens, ignoreEos: true, reusePrefix: false };
    for await (const token of engine.generate(prompt, settings)) void token;
    return engine.profile();
  };
  await answer(2); // drivers compile when a pipeline is first used
  const profile = await answer(options.prefill ? 1 : 1 + Number(options.tokens));
  await engine.close();
  return options.prefill ? profile : onlySteps(profile, (rows) => rows === 1);
}

/** The steps whose `forward` computes such a number of rows. */
function onlySteps(profile, isWanted) {
  const { dispatches, sites } = profile;
  const wanted = dispatches.filter(
    ({ site, rows }) => sites[site].function === 'forward' && isWanted(rows),
  );
  const steps = new Set(wanted.map(({ step }) => step));
  return { ...profile, dispatches: dispatches.filter(({ step }) => steps.has(step)) };
}

async function writeAll(place, files) {
  await mkdir(place, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
}

const place = await mkdtemp(join(tmpdir(), 'webllm-profile-'));
try {
  let bundle = resolve(folder);
  if (!existsSync(join(bundle, 'model.json'))) {
    if (!existsSync(bundle)) await writeRandomLlama(bundle);
    const model = bundle;
    bundle = join(place, 'bundle');
    const { quantization } = options;
    await promisify(execFile)(binary, [model, '-o', bundle, '--quantization', quantization]);
  }
  const profile = await profileOf(bundle);
  const { barChart, kernelRows, tableText, traceEvents } = await import(runtimeFile('profiler.js'));
  await writeAll(options.out, {
    'profile.json': JSON.stringify(profile),
    'trace.json': JSON.stringify(traceEvents(profile)),
    'chart.svg': barChart(profile),
  });
  if (!options.json) console.log(tableText(profile));
  const { copyBytesPerSecond, flopsPerSecond, tickNanoseconds, dispatches, model } = profile;
  reportLine('profile', kernelRows(profile), {
    adapter: `${adapter}: ${profile.adapter}`,
    model,
    ...(options.prefill
      ? { prompt: Number(options.prefill) }
      : { context: Number(options.context), tokens: Number(options.tokens) }),
    steps: new Set(dispatches.map(({ step }) => step)).size,
    copy_bytes_per_second: Math.round(copyBytesPerSecond),
    f32_flops_per_second: Math.round(flopsPerSecond),
    tick_nanoseconds: tickNanoseconds,
  });
} finally {
  await rm(place, { recursive: true, force: true });
}
