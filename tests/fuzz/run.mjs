// SPDX-License-Identifier: Apache-2.0
// Builds the fuzzers (clang, address and undefined-behaviour sanitizers) and runs them:
//   node tests/fuzz/run.mjs [--seconds N] [NAME...]        all of them, 20 seconds each
//
// A fuzzer is tests/fuzz/<name>_fuzz.cpp. Files that its first comment names after "Seeds:" are
// where its inputs start from; an input that broke something is left in build/fuzz/found. What runs
// in Node is tests/fuzz/<name>_fuzz.mjs: it makes inputs from seeds, and names the one that broke
// something. Random models through all passes: tests/passes/semantics_test.cpp.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { root } from '../support/paths.mjs';

const run = promisify(execFile);
const folder = join(root, 'tests/fuzz');
const build = join(root, 'build/fuzz');
const mostOutput = 64 << 20; // bytes that a program may print

export const fuzzers = readdirSync(folder)
  .filter((name) => /_fuzz\.(cpp|mjs)$/.test(name))
  .map((name) => basename(name, extname(name)));

export async function buildFuzzers() {
  const options = { cwd: root, maxBuffer: mostOutput };
  await run('cmake', ['--preset', 'fuzz'], options);
  const jobs = `-j${availableParallelism()}`;
  await run('cmake', ['--build', '--preset', 'fuzz', jobs, '--target', 'fuzzers'], options);
}

// The folder from which a fuzzer starts and to which it adds what reaches new code.
function corpusOf(name) {
  const corpus = join(build, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  const comment = readFileSync(join(folder, `${name}.cpp`), 'utf8').split('\n#include')[0];
  const seeds = comment.replaceAll('\n//', ' ').match(/Seeds?: ([^.]*(?:\.\w[^.]*)*)/)?.[1] ?? '';
  for (const seed of seeds.split(/[\s,]+/).filter((path) => existsSync(join(root, path)))) {
    if (seed) copyFileSync(join(root, seed), join(corpus, basename(seed)));
  }
  return corpus;
}

// Runs one for so long; throws with its report when it found something.
export async function runFuzzer(name, seconds) {
  const script = join(folder, `${name}.mjs`);
  if (existsSync(script)) {
    await run(process.execPath, [script, '--seconds', String(seconds)]);
    return;
  }
  const found = join(build, 'found/');
  mkdirSync(found, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, '-timeout=60', '-rss_limit_mb=2560'];
  const places = [`-artifact_prefix=${found}${name}-`, corpusOf(name)];
  const program = join(build, 'tests', name);
  try {
    await run(program, [...limits, '-verbosity=0', ...places], { maxBuffer: mostOutput });
  } catch (error) {
    const report = String(error.stderr ?? error).slice(-8000);
    throw new Error(`${name} found something; run it again with\n  ${program} FILE\n${report}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: 'string', default: '20' } },
    allowPositionals: true,
  });
  await buildFuzzers();
  for (const name of positionals.length ? positionals : fuzzers) {
    await runFuzzer(name.replace(/(_fuzz)?$/, '_fuzz'), Number(values.seconds));
    console.log(`${name}: nothing found`);
  }
}
