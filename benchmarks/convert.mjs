// SPDX-License-Identifier: Apache-2.0
// Time and memory of converting a 1.1 B model to q4f16_1, against cat, sha256 and cp of the same bytes.
//
// On one core, five times over: `cat` of the input, `openssl sha256` and `cp` of the output, and the
// conversion; the conversion on two cores; outputs of one, two and three threads, compared byte by
// byte, with the peak memory of each (mapped pages included). The model's weights are random.
//   sh benchmarks/run.sh convert [MODEL FOLDER]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

import { binary, root } from '../tests/support/paths.mjs';
import { peakMemory } from './support/peak_memory.mjs';
import { shape1B, writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const rounds = 5;
const limits = {
  times_the_copies: 3, // at most
  times_as_fast_on_two: 1.6, // at least
  peak_bytes: 512e6,
  library_bytes: 200e3,
  preparation_seconds: 3,
  dispatches_per_layer: 8,
};

const model = resolve(process.argv[2] ?? join(root, 'build/random-1b'));
const folder = await mkdtemp(join(tmpdir(), 'webllm-convert-'));
const place = (name) => join(folder, name);

const conversion = (output, threads, source = model) => [
  ...[binary, source, '-q', 'q4f16_1', '-o', place(output), '--threads', String(threads), '--json'],
];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const short = (value) => Number(value.toPrecision(3));

// Seconds on the clock and of processors that a command takes on the cores that are named.
async function time(cores, [program, ...words]) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
  const command = ['-c', cores, 'bash', '-c', script, 'bash', program, ...words];
  const { stderr } = await run('taskset', command);
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, processor: user + system };
}

// What a conversion reports, and the most memory it held: the system's own high-water mark, read
// until the process is gone.
async function convertAndWatch(threads, source) {
  const [program, ...words] = conversion(`${threads}-threads`, threads, source);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const finished = Promise.all([text(child.stdout), once(child, 'exit')]);
  let peak = 0;
  while (child.exitCode === null) {
    peak = Math.max(peak, await peakMemory(child.pid));
    await Promise.race([setTimeout(5), finished]);
  }
  const [json] = await finished;
  return { ...JSON.parse(json), peak };
}

async function measureTimes() {
  const input = (await readdir(model)).filter((name) => name.endsWith('.safetensors'));
  const output = (await readdir(place('1-threads/weights'))).map((name) =>
    place(join('1-threads/weights', name)),
  );
  const commands = {
    'cat input': ['0', ['cat', ...input.map((name) => join(model, name))]],
    'sha256 output': ['0', ['openssl', 'sha256', ...output]],
    'cp output': ['0', ['cp', '-r', place('1-threads'), place('copy')]],
    'convert, one core': ['0', conversion('one', 1)],
    'convert, two cores': ['0,1', conversion('two', 2)],
  };
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const [name, [cores, command]] of Object.entries(commands)) {
      times[name].push(await time(cores, command));
      for (const made of ['copy', 'one', 'two'])
        await rm(place(made), { recursive: true, force: true });
    }
  }
  return Object.entries(times).map(([what, all]) => ({
    what,
    seconds: median(all.map(({ seconds }) => seconds)),
    processor_seconds: median(all.map(({ processor }) => processor)),
  }));
}

function ratiosOf(rows, unit) {
  const [cat, sha256, cp, one, two] = rows.map((row) => row[unit]);
  return { copies: one / (cat + sha256 + cp), two: one / two };
}

// Dispatches of a token that one more layer adds, measured against a model of two layers.
async function dispatchesPerLayer(dispatches, layers) {
  const small = place('two-layers');
  await writeRandomLlama(small, { ...shape1B, num_hidden_layers: 2 });
  const { stdout } = await run(...program(conversion('small', 1, small)));
  return (dispatches - JSON.parse(stdout).dispatches_per_token) / (layers - 2);
}
const program = ([name, ...words]) => [name, words];

async function equalOutputs(counts) {
  for (const threads of counts.slice(1)) {
    const pair = [place(`${counts[0]}-threads`), place(`${threads}-threads`)];
    await run('diff', ['-r', ...pair]); // throws when they differ
  }
}

try {
  if (!existsSync(model)) await writeRandomLlama(model);
  const threads = [1, 2, 3];
  const conversions = [];
  for (const count of threads) conversions.push(await convertAndWatch(count));
  await equalOutputs(threads);

  const rows = await measureTimes();
  const ratios = ratiosOf(rows, 'seconds');
  const layers = JSON.parse(await readFile(join(model, 'config.json'))).num_hidden_layers;
  const facts = {
    times_the_copies: short(ratios.copies),
    times_as_fast_on_two: short(ratios.two),
    times_the_copies_by_processor_time: short(ratiosOf(rows, 'processor_seconds').copies),
    peak_bytes: Math.max(...conversions.map(({ peak }) => peak)),
    library_bytes: (await stat(place('1-threads/model.wasm'))).size,
    preparation_seconds: short(median(conversions.map((row) => row.preparation_cpu_seconds))),
    dispatches_per_layer: short(
      await dispatchesPerLayer(conversions[0].dispatches_per_token, layers),
    ),
  };
  console.log(`${basename(model)}: equal output with ${threads.join(', ')} threads`);
  for (const [name, value] of Object.entries(facts)) {
    const limit = limits[name];
    const floor = name === 'times_as_fast_on_two';
    console.log(`${name}: ${value}${limit ? ` (at ${floor ? 'least' : 'most'} ${limit})` : ''}`);
    if (limit && (floor ? value < limit : value > limit)) process.exitCode = 1;
  }
  report('convert', rows, { model: basename(model), cores: availableParallelism(), ...facts });
} finally {
  await rm(folder, { recursive: true });
}
