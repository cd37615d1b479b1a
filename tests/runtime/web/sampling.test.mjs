// SPDX-License-Identifier: Apache-2.0
// Sampler and StopStrings through runtime.wasm: what passes the border between script and module.
// What the parameters mean is tested in C++ (tests/runtime/host/sampler_test.cpp).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { buildFolder } from '../../support/paths.mjs';
import { internals } from './internals.mjs';

const { Host, Sampler, StopStrings } = await internals(
  'host/host.ts',
  'host/sampler.ts',
  'host/stop_strings.ts',
);
const host = await Host.load(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));

const maskOf = (...tokens) => {
  const mask = new Uint32Array(1);
  for (const token of tokens) mask[0] |= 1 << token;
  return mask;
};

function sampler(t, tokens, options) {
  const opened = new Sampler(host, tokens, options);
  t.after(() => opened.close());
  return opened;
}

test('the most likely token, its log probability and its rivals', (t) => {
  const row = Float32Array.of(1, 3, 2, 0);
  const { token, logprob, fault, topLogprobs } = sampler(t, 4, {
    temperature: 0,
    topLogprobs: 2,
  }).sample(row);
  const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
  assert.equal(token, 1);
  assert.equal(fault, 'none');
  assert.ok(Math.abs(logprob - (3 - Math.log(total))) < 1e-5);
  assert.deepEqual(
    topLogprobs.map((each) => each.token),
    [1, 2],
  );
});

test('each setting arrives in its place', (t) => {
  const row = Float32Array.from({ length: 32 }, (_, i) => -i / 4);
  const kept = (options) => {
    const chosen = sampler(t, 32, { seed: 5, ...options });
    const tokens = new Set();
    for (let i = 0; i < 400; i++) {
      const { token } = chosen.sample(row);
      tokens.add(token);
      if (!options.still) chosen.accept([token]);
    }
    return tokens;
  };
  assert.ok(kept({}).size > 12);
  assert.deepEqual(kept({ temperature: 0 }), new Set([0]));
  assert.deepEqual(kept({ topP: 0.2 }), new Set([0]));
  assert.deepEqual(kept({ minP: 0.7 }), new Set([0, 1]));
  assert.ok(!kept({ typicalP: 0.3 }).has(9));
  assert.deepEqual(kept({ topNSigma: 0.05 }), new Set([0]));
  assert.deepEqual(kept({ topK: 3 }), new Set([0, 1, 2]));
  assert.ok(!kept({ xtcProbability: 1, xtcThreshold: 0.15 }).has(0));
  assert.deepEqual(kept({ logitBias: new Map([[20, 100]]) }), new Set([20]));
  assert.ok(!kept({ bannedTokens: [0] }).has(0));
  assert.ok(!kept({ stopTokens: [0], minTokens: 1000 }).has(0));
  assert.ok(kept({ stopTokens: [0], minTokens: 10 }).has(0));
  // Without accept the same random number is drawn again and again.
  assert.equal(kept({ still: true }).size, 1);
  const draws = (seed, choice) => [...kept({ seed, choice })].join();
  assert.equal(draws(2 ** 40 + 1, 0), draws(2 ** 40 + 1, 0));
  assert.notEqual(draws(2 ** 40 + 1, 0), draws(1, 0));
  assert.notEqual(draws(1, 0), draws(1, 1));
});

test('penalties see prompt and output', (t) => {
  const row = Float32Array.of(1, 0.9, 0, 0, 0, 0);
  const next = (options, prompt, output) => {
    const chosen = sampler(t, 6, { temperature: 0, ...options });
    chosen.acceptPrompt(prompt);
    chosen.accept(output);
    return chosen.sample(row).token;
  };
  assert.equal(next({}, [0], [0]), 0);
  assert.equal(next({ repetitionPenalty: 2 }, [0], []), 1);
  assert.equal(next({ frequencyPenalty: 0.06 }, [0], [0]), 0);
  assert.equal(next({ frequencyPenalty: 0.06 }, [0], [0, 0]), 1);
  assert.equal(next({ presencePenalty: 0.2 }, [0], []), 0);
  assert.equal(next({ presencePenalty: 0.2 }, [], [0]), 1);
  const repeated = [3, 4, 0, 3, 4];
  assert.equal(next({ dryMultiplier: 0.5 }, repeated, []), 1);
  assert.equal(next({ dryMultiplier: 0.5, dryAllowedLength: 3 }, repeated, []), 0);
  assert.equal(next({ dryMultiplier: 0.05, dryBase: 1 }, [2, ...repeated], []), 0);
  assert.equal(next({ dryMultiplier: 0.5, dryRange: 3 }, repeated, []), 0);
});

test('masks, faults and padding', (t) => {
  const greedy = sampler(t, 4, { temperature: 0 });
  const row = Float32Array.of(0, NaN, 1, 2, 9); // one more than there are tokens
  assert.deepEqual([greedy.sample(row).token, greedy.sample(row).fault], [3, 'not-a-number']);
  assert.equal(greedy.sample(row, maskOf(0, 2)).token, 2);
  assert.equal(greedy.sample(row, maskOf(1)).fault, 'nothing-allowed');
  assert.equal(greedy.sample(row, maskOf(1)).token, 1);
});

test('stop strings hold back no more than they must', () => {
  const stops = new StopStrings(host, ['\n\n', 'END', 'あい']);
  assert.equal(stops.push('one\n'), 'one');
  assert.equal(stops.push('two あ'), '\ntwo ');
  assert.equal(stops.push('う E'), 'あう ');
  assert.equal(stops.found, undefined);
  assert.equal(stops.push('ND three'), '');
  assert.equal(stops.found, 'END');
  assert.equal(stops.push('four') + stops.flush(), '');
  stops.close();
  const unfinished = new StopStrings(host, ['END']);
  assert.equal(unfinished.push('\uFEFFEN'), '\uFEFF');
  assert.equal(unfinished.flush(), 'EN');
  assert.equal(unfinished.found, undefined);
  unfinished.close();
});
