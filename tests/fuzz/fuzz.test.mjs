// SPDX-License-Identifier: Apache-2.0
// Every fuzzer, 20 seconds each, finds nothing. Longer: node tests/fuzz/run.mjs --seconds 600
import { availableParallelism } from 'node:os';
import test from 'node:test';

import { buildFuzzers, fuzzers, runFuzzer } from './run.mjs';

const seconds = 20;

test('fuzzers', { concurrency: availableParallelism() }, async (t) => {
  await buildFuzzers();
  await Promise.all(fuzzers.map((name) => t.test(name, () => runFuzzer(name, seconds))));
});
