// SPDX-License-Identifier: Apache-2.0
// Constrained decoding: compile and mask times over real JSON schemas, beside web-xgrammar.
//
// Every valid instance of each schema is decoded token by token under its schema: a mask, then the
// instance's next token. Each schema is compiled anew in each run, so that every mask starts from
// the tables that its own answer has filled so far; of the runs, the least time of each mask counts,
// which leaves out what the machine did meanwhile. One thread, WebAssembly under Node.
//   sh benchmarks/run.sh structured-output [--stride=N] [--runs=N] [--tokenizer=FOLDER]
//                                          [--xgrammar-stride=N] [--order=declared|any]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { internals } from '../tests/runtime/web/internals.mjs';
import { readMaskbench } from '../tests/support/maskbench.mjs';
import { buildFolder, root } from '../tests/support/paths.mjs';
import { compileTokenizer } from '../tests/support/tokenizers.mjs';
import { report } from './support/report.mjs';

const { values: options } = parseArgs({
  options: {
    stride: { type: 'string', default: '1' }, // every so many schemas
    'xgrammar-stride': { type: 'string', default: '40' },
    runs: { type: 'string', default: '5' },
    tokenizer: { type: 'string', default: join(root, 'build/data/tokenizers/qwen2.5') },
    'tokenizer-bin': { type: 'string' }, // compiled before
    order: { type: 'string', default: 'any' }, // instances write keys in any
    split: { type: 'string', default: '' }, // files whose name contains this
    slowest: { type: 'boolean', default: false },
  },
});
const stride = Number(options.stride);
const runs = Number(options.runs);
const xgrammarStride = Number(options['xgrammar-stride']);
const maxTokens = 2000; // of an instance
const capMilliseconds = 10_000; // a schema may take web-xgrammar

// As most models and Python's json.dumps write: one line, a space after comma and colon.
function jsonText(value) {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const member = ([key, content]) => `${JSON.stringify(key)}: ${jsonText(content)}`;
  return `{${Object.entries(value).map(member).join(', ')}}`;
}

// Lists sorted in place.
function percentiles(values, digits) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return Object.fromEntries(
    [0.5, 0.9, 0.99, 0.999, 1].map((share) => [
      share === 1 ? 'max' : `p${share * 100}`,
      Number(at(share).toFixed(digits)),
    ]),
  );
}

const bin = options['tokenizer-bin']
  ? readFileSync(options['tokenizer-bin'])
  : await compileTokenizer(options.tokenizer);
const description = JSON.parse(readFileSync(join(options.tokenizer, 'tokenizer.json'), 'utf8'));
const settings = JSON.parse(readFileSync(join(options.tokenizer, 'tokenizer_config.json'), 'utf8'));
const end = description.added_tokens.find(
  ({ content }) => content === (settings.eos_token.content ?? settings.eos_token),
).id;
const { Host, Tokenizer, Grammars } = await internals(
  'host/host.ts',
  'host/tokenizer.ts',
  'host/grammar.ts',
);
const wasm = (name) => readFileSync(join(buildFolder, 'runtime', name));
const tokenizer = Tokenizer.open(await Host.load(wasm('runtime.wasm')), bin);
const started = performance.now();
const grammars = await Grammars.load(wasm('grammar.wasm'), bin, [end]);
const loadMilliseconds = performance.now() - started;

const schemas = join(root, 'build/data/schemas/maskbench');
const cases = readMaskbench(schemas, { stride, split: options.split }).map(
  ({ name, schema, tests }) => ({
    name,
    schema,
    instances: tests
      .filter(({ valid }) => valid)
      .map(({ data }) => Array.from(tokenizer.encode(jsonText(data))))
      .filter((tokens) => tokens.length <= maxTokens),
  }),
);

// --- ours -----------------------------------------------------------------------------------------

// One run over a schema: compile time, the time of every mask, instances that were refused.
function measure({ schema, instances }) {
  const started = performance.now();
  const constraint = grammars.compile({ schema }, { keyOrder: options.order });
  constraint.matcher().close(); // works out the start
  const compile = performance.now() - started;
  const masks = [];
  let refused = 0;
  for (const tokens of instances) {
    const matcher = constraint.matcher();
    for (const token of tokens) {
      const before = performance.now();
      const mask = matcher.fillMask();
      masks.push((performance.now() - before) * 1000);
      const allowed = ((mask[token >> 5] >>> (token & 31)) & 1) !== 0;
      if (matcher.accept(token) !== allowed) throw new Error('the mask and accept disagree');
      if (!allowed) {
        ++refused;
        break;
      }
    }
    matcher.close();
  }
  constraint.close();
  return { compile, masks, refused };
}

const least = (a, b) => Math.min(a, b);

function measureAll() {
  const total = { compiles: [], masks: [], first: [], refused: 0, instances: 0, slowest: [] };
  const refusals = new Map();
  for (const item of cases) {
    try {
      let best = measure(item);
      total.first.push(...best.masks);
      for (let i = 1; i < runs; ++i) {
        const next = measure(item);
        best = {
          ...best,
          compile: least(best.compile, next.compile),
          masks: best.masks.map((mask, j) => least(mask, next.masks[j])),
        };
      }
      total.compiles.push(best.compile);
      for (const mask of best.masks) total.masks.push(mask);
      total.instances += item.instances.length;
      total.refused += best.refused;
      total.slowest.push({
        name: item.name,
        compile: best.compile,
        mask: Math.max(0, ...best.masks),
      });
    } catch (error) {
      if (error.name !== 'GrammarError') console.error(`${item.name}: ${error.message}`);
      const reason = error.message.replace(/^[^ ]*: /, '');
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    }
  }
  return { ...total, refusals };
}

// --- web-xgrammar ---------------------------------------------------------------------------------

// Tokens as tokenizer.json spells them, by id.
function vocabularyTexts() {
  const texts = [];
  for (const [text, id] of Object.entries(description.model.vocab)) texts[id] = text;
  for (const { id, content } of description.added_tokens) texts[id] = content;
  return Array.from(texts, (text) => text ?? '');
}

async function measureXgrammar() {
  const start = async () => {
    const worker = new Worker(new URL('./support/xgrammar_worker.mjs', import.meta.url));
    const ask = (message) =>
      new Promise((resolve) => {
        const late = setTimeout(() => resolve({ late: true }), capMilliseconds);
        worker.once('message', (answer) => {
          clearTimeout(late);
          resolve(answer);
        });
        worker.postMessage(message);
      });
    const { load } = await ask({ vocabulary: vocabularyTexts(), ends: [end] });
    return { worker, ask, load };
  };
  let thread = await start();
  const total = {
    load: thread.load,
    compiles: [],
    masks: [],
    refused: 0,
    instances: 0,
    late: 0,
    errors: 0,
  };
  for (const item of cases.filter((_, i) => i % Math.ceil(xgrammarStride / stride) === 0)) {
    const answer = await thread.ask({
      schema: JSON.stringify(item.schema),
      instances: item.instances,
    });
    if (answer.late) {
      ++total.late;
      await thread.worker.terminate();
      thread = await start();
    } else if (answer.error) {
      ++total.errors;
    } else {
      total.compiles.push(answer.compile);
      for (const mask of answer.masks) total.masks.push(mask);
      total.instances += item.instances.length;
      total.refused += answer.refused;
    }
  }
  await thread.worker.terminate();
  return total;
}

// --- the figures ----------------------------------------------------------------------------------

function maxLengthMilliseconds() {
  const schema = { type: 'object', properties: { a: { type: 'string', maxLength: 1000 } } };
  const times = Array.from({ length: runs }, () => measure({ schema, instances: [] }).compile);
  return times.reduce(least);
}

const ours = measureAll();
const maxLength = maxLengthMilliseconds();
const theirs = xgrammarStride > 0 ? await measureXgrammar() : null;

const rows = [
  { what: 'compile, ms', engine: 'ours', ...percentiles(ours.compiles, 2) },
  theirs && { what: 'compile, ms', engine: 'web-xgrammar', ...percentiles(theirs.compiles, 2) },
  { what: 'mask, µs', engine: 'ours', ...percentiles(ours.masks, 1) },
  { what: 'mask, µs, one run', engine: 'ours', ...percentiles(ours.first, 1) },
  theirs && { what: 'mask, µs, one run', engine: 'web-xgrammar', ...percentiles(theirs.masks, 1) },
].filter(Boolean);

if (options.slowest) {
  const top = (key) =>
    ours.slowest
      .sort((a, b) => b[key] - a[key])
      .slice(0, 12)
      .map((item) => `${item.name} ${item[key].toFixed(1)}`);
  console.log('slowest masks, µs:', top('mask'), 'slowest compiles, ms:', top('compile'));
}
for (const [reason, count] of [...ours.refusals].sort((a, b) => b[1] - a[1]).slice(0, 12)) {
  console.log(`refused ${count}: ${reason}`);
}
report('structured-output', rows, {
  vocabulary: description.model.vocab ? Object.keys(description.model.vocab).length : 0,
  ours: {
    load_ms: loadMilliseconds,
    schemas: ours.compiles.length,
    schemas_refused: [...ours.refusals.values()].reduce((a, b) => a + b, 0),
    instances: ours.instances,
    instances_refused: ours.refused,
    masks: ours.masks.length,
    compile_max_length_1000_ms: maxLength,
  },
  web_xgrammar: theirs && {
    load_ms: theirs.load,
    schemas: theirs.compiles.length,
    schemas_refused: theirs.errors,
    schemas_over_10_s: theirs.late,
    instances: theirs.instances,
    instances_refused: theirs.refused,
    masks: theirs.masks.length,
  },
});
