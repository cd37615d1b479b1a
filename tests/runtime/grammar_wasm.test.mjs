// SPDX-License-Identifier: Apache-2.0
// grammar.wasm, called as a page calls it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compileModel } from '../support/bundles.mjs';
import { buildFolder } from '../support/paths.mjs';
import { internals } from './web/internals.mjs';

const wasm = readFileSync(join(buildFolder, 'runtime/grammar.wasm'));

async function openParts(t) {
  const bundle = compileModel(t, 'models/stories260K-hf', 'q0f32');
  if (!bundle) return null;
  const { Host, Tokenizer, Grammars } = await internals(
    'host/host.ts',
    'host/tokenizer.ts',
    'host/grammar.ts',
  );
  const file = readFileSync(join(bundle, 'tokenizer.bin'));
  const host = await Host.load(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));
  const tokenizer = Tokenizer.open(host, file);
  return { tokenizer, grammars: await Grammars.load(wasm, file, [2]) };
}

const allows = (mask, token) => ((mask[token >> 5] >>> (token & 31)) & 1) !== 0;

test('grammar.wasm asks its page for nothing but the properties of characters', () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(wasm)), [
    { module: 'page', name: 'unicode_property', kind: 'function' },
  ]);
});

test('a pattern may name every property that the page knows', async (t) => {
  const parts = await openParts(t);
  if (!parts) return;
  const { grammars } = parts;
  const firstByte = 3; // tokens of single bytes
  const isAllowed = (pattern, text) => {
    const written = Array.from(new TextEncoder().encode(`"${text}"`), (byte) => firstByte + byte);
    const matcher = grammars.compile({ schema: { type: 'string', pattern } }).matcher();
    return matcher.validate(written) === written.length;
  };
  for (const [pattern, allowed, others] of [
    ['^\\p{Lu}$', ['A', '\u00c9', '\u{10400}'], ['a', '1', '\u{10428}']],
    ['^\\P{General_Category=Uppercase_Letter}$', ['a', '\u{1f600}'], ['A', '\u{10400}']],
    ['^[\\p{Script=Greek}_]+$', ['\u03b1\u03c9_'], ['a', '\u03b1b']],
    ['^\\p{ASCII}\\p{Any}$', ['a\ue000', 'b\u{10ffff}'], ['\u00e9a']],
  ]) {
    for (const text of allowed) assert.ok(isAllowed(pattern, text), `${pattern} ${text}`);
    for (const text of others) assert.ok(!isAllowed(pattern, text), `${pattern} ${text}`);
  }
  for (const name of ['Klingon', 'Script', 'RGI_Emoji', 'L}|(', ''])
    assert.throws(() => grammars.compile({ schema: { pattern: `\\p{${name}}` } }), {
      name: 'GrammarError',
    });
});

test('an answer under a schema, token by token', async (t) => {
  const parts = await openParts(t);
  if (!parts) return;
  const { tokenizer, grammars } = parts;
  const constraint = grammars.compile({
    schema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
  });
  const matcher = constraint.matcher();
  const tokens = (text) => Array.from(tokenizer.encode(text)).slice(1); // without BOS
  const written = tokens('{"age": 41}').filter((id) => tokenizer.decode([id]).trim() !== '');
  assert.equal(matcher.validate(written), written.length);
  for (const token of written) {
    assert.ok(allows(matcher.fillMask(), token), tokenizer.decode([token]));
    assert.ok(matcher.accept(token));
  }
  assert.ok(matcher.isComplete);
  assert.ok(allows(matcher.fillMask(), 2));
  const copy = constraint.restore(matcher.accepted());
  assert.ok(copy.accept(2));
  assert.ok(copy.hasEnded);
  assert.equal(matcher.hasEnded, false);
  matcher.rollback(1);
  assert.equal(matcher.isComplete, false);
  assert.equal(allows(matcher.fillMask(), 2), false);
});

test('a schema that cannot be enforced is refused by name', async (t) => {
  const parts = await openParts(t);
  if (!parts) return;
  assert.throws(
    () => parts.grammars.compile({ schema: { type: 'integer', minimum: 2, maximum: 1 } }),
    { name: 'GrammarError' },
  );
  assert.throws(() => parts.grammars.compile({ schema: '{"type": ' }), { name: 'GrammarError' });
});
