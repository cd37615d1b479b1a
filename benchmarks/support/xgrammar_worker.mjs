// SPDX-License-Identifier: Apache-2.0
// @mlc-ai/web-xgrammar in a thread of its own, which can be ended when a schema takes too long.
//   in:   { vocabulary: [text…], ends: [id…] }, then { schema: text, instances: [[id…]…] } …
//   out:  { load }, then { compile, masks: [µs…], refused: instances } or { error } …
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';

// The package calls itself an ES module, but its script is a CommonJS one.
const require = createRequire(import.meta.url);
const script = require.resolve('@mlc-ai/web-xgrammar');
const xgrammar = {};
new Function(
  'exports',
  'module',
  'require',
  '__filename',
  '__dirname',
  readFileSync(script, 'utf8'),
)(xgrammar, { exports: xgrammar }, require, script, dirname(script));

let compiler;

async function load({ vocabulary, ends }) {
  const started = performance.now();
  const info = await xgrammar.TokenizerInfo.createTokenizerInfo(
    vocabulary,
    'byte_level',
    false,
    vocabulary.length,
    ends,
  );
  compiler = await xgrammar.GrammarCompiler.createGrammarCompiler(info, false);
  return { load: performance.now() - started };
}

async function measure({ schema, instances }) {
  const started = performance.now();
  // Any whitespace, and the meaning that JSON Schema gives to what it does not name.
  const grammar = await compiler.compileJSONSchema(schema, true, undefined, undefined, false);
  const compile = performance.now() - started;
  const masks = [];
  let refused = 0;
  for (const tokens of instances) {
    const matcher = await xgrammar.GrammarMatcher.createGrammarMatcher(grammar);
    for (const token of tokens) {
      const before = performance.now();
      await matcher.getNextTokenBitmask();
      masks.push((performance.now() - before) * 1000);
      if (!matcher.acceptToken(token)) {
        ++refused;
        break;
      }
    }
    matcher.dispose();
  }
  grammar.dispose();
  return { compile, masks, refused };
}

parentPort.on('message', async (message) => {
  try {
    parentPort.postMessage(await (message.vocabulary ? load(message) : measure(message)));
  } catch (error) {
    parentPort.postMessage({ error: String(error) });
  }
});
