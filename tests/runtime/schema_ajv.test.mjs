// SPDX-License-Identifier: Apache-2.0
// JSON Schemas against an independent validator: what random walks through the masks of grammar.wasm
// write, ajv finds valid; and of instances and their mutations both say the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { compileModel } from '../support/bundles.mjs';
import { readMaskbench } from '../support/maskbench.mjs';
import { buildFolder, requireTestData } from '../support/paths.mjs';
import { randomNumbers } from '../support/random_numbers.mjs';
import { internals } from './web/internals.mjs';

const stride = 8; // every so many schemas
const walksOfSchema = 4;
const maxTokens = 250;
const firstByte = 3; // token of byte 0 in the vocabulary of stories260K
const end = 2;

// What stands beside $ref means nothing before draft 2019-09, but does to ajv.
function referencesAlone(schema) {
  if (Array.isArray(schema)) return schema.map(referencesAlone);
  if (schema === null || typeof schema !== 'object') return schema;
  const { $ref: reference, definitions } = schema;
  const alone = typeof reference === 'string' ? { $ref: reference, definitions } : schema;
  return Object.fromEntries(
    Object.entries(alone)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, referencesAlone(value)]),
  );
}

// ajv has no draft 4, and its draft 7 stands for 6 as well.
function validatorOf(schema) {
  const draft = String(schema.$schema ?? '');
  if (/draft-0?4/.test(draft)) return null;
  const isOld = /draft-0?[67]/.test(draft);
  const Draft = isOld ? Ajv : draft.includes('2019-09') ? Ajv2019 : Ajv2020;
  const options = { strict: false, validateFormats: false, multipleOfPrecision: 9, logger: false };
  const plain = { ...(isOld ? referencesAlone(schema) : schema) };
  delete plain.$schema;
  delete plain.$async; // ajv's own
  try {
    return new Draft(options).compile(plain);
  } catch {
    return null; // not a valid schema of that draft, or a reference that leads elsewhere
  }
}

function compile(grammars, schema, options) {
  try {
    return grammars.compile({ schema }, options);
  } catch (error) {
    if (error.name === 'GrammarError') return null;
    throw error;
  }
}

function allowedTokens(mask) {
  const tokens = [];
  mask.forEach((word, i) => {
    for (let bit = 0; bit < 32; ++bit) if ((word >>> bit) & 1) tokens.push(32 * i + bit);
  });
  return tokens;
}

// Tokens that bring a text nearer to its end are taken often, else it never comes.
const closing = new Set(['"', '}', ']'].map((sign) => sign.charCodeAt(0) + firstByte));

function walk(constraint, below) {
  const matcher = constraint.matcher();
  const bytes = [];
  try {
    for (let step = 0; step < maxTokens; ++step) {
      if (matcher.isComplete && (below(3) === 0 || step > 100)) break;
      const tokens = allowedTokens(matcher.fillMask()).filter(
        (token) => token !== end && token >= firstByte && token < firstByte + 256,
      );
      if (tokens.length === 0) break;
      const closes = tokens.filter((token) => closing.has(token));
      const pool = closes.length > 0 && (below(3) === 0 || step > 100) ? closes : tokens;
      const token = pool[below(pool.length)];
      assert.ok(matcher.accept(token), 'a token of the mask is not accepted');
      bytes.push(token - firstByte);
    }
    return matcher.isComplete ? Buffer.from(bytes).toString() : null;
  } finally {
    matcher.close();
  }
}

function accepts(constraint, value) {
  const matcher = constraint.matcher();
  const tokens = [...Buffer.from(JSON.stringify(value))].map((byte) => byte + firstByte);
  const all = tokens.every((token) => matcher.accept(token)) && matcher.isComplete;
  matcher.close();
  return all;
}

// Digits beyond what a double holds, and exponents, are another number to JSON.parse.
const holdsLongNumber = (text) =>
  /\d{16}|\d\.\d{12}|[eE][+-]?\d/.test(text.replace(/"(\\.|[^"\\])*"/g, '""'));

// One random change somewhere in the value.
function mutate(value, below) {
  const scalars = [null, true, 0, 1, -1, 1.5, 100, '', 'a', [], {}];
  if (value === null || typeof value !== 'object' || below(4) === 0) {
    return scalars[below(scalars.length)];
  }
  const copy = structuredClone(value);
  const keys = Object.keys(copy);
  if (keys.length === 0 || below(4) === 0) {
    if (Array.isArray(copy)) copy.push(copy[0] ?? 1);
    else copy[['name', 'x', 'type'][below(3)]] = scalars[below(scalars.length)];
    return copy;
  }
  const key = keys[below(keys.length)];
  if (below(3) > 0) copy[key] = mutate(copy[key], below);
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

async function openGrammars(t) {
  const bundle = compileModel(t, 'models/stories260K-hf', 'q0f32');
  if (!bundle) return null;
  const { Grammars } = await internals('host/grammar.ts');
  const wasm = readFileSync(join(buildFolder, 'runtime/grammar.wasm'));
  return Grammars.load(wasm, readFileSync(join(bundle, 'tokenizer.bin')), [end]);
}

test('what random walks write is valid', async (t) => {
  const folder = requireTestData(t, 'schemas/maskbench');
  const grammars = folder && (await openGrammars(t));
  if (!grammars) return;
  const below = randomNumbers(1);
  let schemas = 0;
  let texts = 0;
  for (const { name, schema } of readMaskbench(folder, { stride })) {
    const valid = validatorOf(schema);
    const keyOrder = below(2) === 0 ? 'declared' : 'any';
    const constraint = valid && compile(grammars, schema, { keyOrder });
    if (!constraint) continue;
    ++schemas;
    for (let i = 0; i < walksOfSchema; ++i) {
      const text = walk(constraint, below);
      if (text === null || holdsLongNumber(text)) continue;
      ++texts;
      assert.ok(valid(JSON.parse(text)), `${name}: ${text}\n${JSON.stringify(valid.errors)}`);
    }
    constraint.close();
  }
  console.log(`${texts} texts of ${schemas} schemas`);
  assert.ok(texts > 150);
});

test('of instances and their mutations both say the same', async (t) => {
  const folder = requireTestData(t, 'schemas/maskbench');
  const grammars = folder && (await openGrammars(t));
  if (!grammars) return;
  const below = randomNumbers(2);
  const counts = { valid: 0, invalid: 0 };
  const wrong = [];
  for (const { name, schema, tests } of readMaskbench(folder, { stride })) {
    const valid = validatorOf(schema);
    const constraint = valid && compile(grammars, schema, { keyOrder: 'any' });
    if (!constraint) continue;
    for (const { data } of tests) {
      for (let i = 0; i < 6; ++i) {
        const value = i === 0 ? data : mutate(i === 1 ? data : mutate(data, below), below);
        const expected = valid(value);
        ++counts[expected ? 'valid' : 'invalid'];
        if (accepts(constraint, value) === expected) continue;
        wrong.push(`${expected ? 'rejected' : 'ACCEPTED'} ${name}: ${JSON.stringify(value)}`);
      }
    }
    constraint.close();
  }
  console.log(`${counts.valid} valid and ${counts.invalid} invalid values`);
  assert.deepEqual(wrong, []);
});
