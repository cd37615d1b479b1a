// SPDX-License-Identifier: Apache-2.0
// How fast text becomes ids, and a tokenizer is loaded, beside other tokenizers for JavaScript.
//
// English, code, JSON and Japanese in prompts of about 10 KB, with the tokenizers of Qwen 2
// (byte-level) and Llama 2 (byte fallback), one thread, under Node. Rounds alternate between the
// libraries; a figure is the median over the rounds of MB (10^6 bytes of UTF-8) per second of
// processor time, so that other programs count as little as possible. tiktoken runs with Qwen's
// ranks and pattern; it has no form of Llama 2's tokenizer.
//   sh benchmarks/run.sh tokenizer [--rounds=N] [--compiled=FOLDER WITH qwen2.bin AND llama2.bin]
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildFolder, root } from '../tests/support/paths.mjs';
import { internals } from '../tests/runtime/web/internals.mjs';
import { compileTokenizer } from '../tests/support/tokenizers.mjs';
import { report } from './support/report.mjs';
import { texts } from './support/texts.mjs';
import * as rivals from './support/tokenizer_rivals.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    compiled: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const textBytes = 400_000;
const promptBytes = 10_000;
const leastSpeed = 4; // times the fastest rival
const leastLoad = 10;
const mostForRun = 3; // time per byte of one letter repeated, over that of English
const ours = 'ours';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const short = (value) => Number(value.toPrecision(3));

// Milliseconds of processor time since the process began.
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// The text in pieces of whole lines.
function promptsOf(text) {
  const prompts = [''];
  for (const line of text.split(/(?<=\n)/)) {
    if (Buffer.byteLength(prompts.at(-1)) >= promptBytes) prompts.push('');
    prompts[prompts.length - 1] += line;
  }
  return prompts;
}

// {load, encode(text) -> ids}: `load` is the least time of three, what is done once left out.
async function load(open) {
  let least = Infinity;
  let encode;
  for (let i = 0; i < 3; i++) {
    const started = processorTime();
    encode = await open();
    least = Math.min(least, processorTime() - started);
  }
  return { load: least, encode };
}

const { Host, Tokenizer } = await internals('host/host.ts', 'host/tokenizer.ts');
const wasm = await readFile(join(buildFolder, 'runtime/runtime.wasm'));

async function openOurs(name, folder) {
  const file = options.compiled
    ? await readFile(join(options.compiled, `${name}.bin`))
    : await compileTokenizer(folder);
  const hosts = await Promise.all([1, 2, 3].map(() => Host.load(wasm)));
  return load(() => {
    const tokenizer = Tokenizer.open(hosts.pop(), file);
    return (text) => tokenizer.encode(text, { addSpecial: false });
  });
}

// By library: the median over the rounds of the milliseconds for all prompts.
function measure(libraries, prompts) {
  const times = new Map([...libraries.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, { encode }] of libraries) {
      const repeats = name === ours ? 5 : 1; // so that it does not end before the clock ticks
      const started = processorTime();
      for (let i = 0; i < repeats; i++) for (const prompt of prompts) encode(prompt);
      times.get(name).push((processorTime() - started) / repeats);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

// How many prompts a rival gives other ids for.
function countDifferences(libraries, prompts) {
  const idsOf = (name, prompt) => Array.from(libraries.get(name).encode(prompt)).join();
  return prompts.filter((prompt) =>
    [...libraries.keys()].some((name) => idsOf(name, prompt) !== idsOf(ours, prompt)),
  ).length;
}

const rows = [];
const facts = [];
for (const name of ['qwen2', 'llama2']) {
  const folder = join(root, 'build/data/tokenizers', name);
  const libraries = new Map([[ours, await openOurs(name, folder)]]);
  for (const [rival, open] of Object.entries(await rivals.of(folder))) {
    libraries.set(rival, await load(open));
  }
  const others = [...libraries.keys()].filter((library) => library !== ours);
  const all = texts(textBytes);
  for (const [text, content] of Object.entries(all)) {
    const prompts = promptsOf(content);
    const different = countDifferences(libraries, prompts);
    const times = measure(libraries, prompts);
    const speeds = [...times].map(([library, time]) => [
      library,
      short(Buffer.byteLength(content) / 1000 / time),
    ]);
    const ratio = short(Math.min(...others.map((other) => times.get(other))) / times.get(ours));
    rows.push({
      tokenizer: name,
      text,
      ...Object.fromEntries(speeds),
      ...(others.includes('tiktoken') ? {} : { tiktoken: '-' }),
      ratio,
      different_prompts: different,
    });
  }
  const letters = 'a'.repeat(20_000);
  const run = measure(libraries, Array(20).fill(letters)).get(ours) / (20 * letters.length);
  const english = measure(libraries, promptsOf(all.English)).get(ours) / textBytes;
  const loads = Object.fromEntries(
    [...libraries].map(([library, each]) => [library, short(each.load)]),
  );
  const load_ratio = short(Math.min(...others.map((other) => loads[other])) / loads[ours]);
  facts.push({ tokenizer: name, load_ms: loads, load_ratio, run_ratio: short(run / english) });
}

console.log('MB/s; ratio: ours over the fastest of the others');
const summary = { rounds, prompt_bytes: promptBytes, tokenizers: facts };
for (const { tokenizer, load_ms, load_ratio, run_ratio } of facts) {
  const each = Object.entries(load_ms).map(([library, ms]) => `${library} ${ms} ms`);
  console.log(`${tokenizer}: loaded in ${each.join(', ')} (ratio ${load_ratio})`);
  console.log(`${tokenizer}: 20 KB of one letter take ${run_ratio} times as long as English`);
}
report('tokenizer', rows, summary);
const failed =
  rows.some(({ ratio }) => !(ratio >= leastSpeed)) ||
  facts.some(({ run_ratio }) => !(run_ratio <= mostForRun)) ||
  !(facts[0].load_ratio >= leastLoad);
if (failed) process.exitCode = 1;
