// SPDX-License-Identifier: Apache-2.0
// The plan functions of model.wasm write the records that the schedule means, over random sizes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { requireTestData } from '../support/paths.mjs';
import { runCodegenTest } from './fixtures.mjs';

const recordWords = 8;

async function comparePlans(t, name) {
  const folder = await runCodegenTest(t, name);
  const module = await WebAssembly.compile(await readFile(join(folder, 'plan.wasm')));
  assert.deepEqual(WebAssembly.Module.imports(module), []);

  const { exports } = await WebAssembly.instantiate(module);
  const calls = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8'));
  assert.ok(calls.length > 0);
  for (const { export: plan, arguments: sizes, records } of calls) {
    const count = exports[plan](...sizes);
    const words = new Uint32Array(exports.memory.buffer, exports.steps.value, count * recordWords);
    const written = Array.from({ length: count }, (_, i) =>
      Array.from(words.subarray(i * recordWords, (i + 1) * recordWords)),
    );
    assert.deepEqual(written, records, `${plan}(${sizes})`);
  }
}

test('plan functions write what the schedule means, in all kinds of expressions', (t) =>
  comparePlans(t, 'Plan.CompilesToTheSameBytesEachTime'));

test('plan functions of a model write what its schedule means', async (t) => {
  if (!requireTestData(t, 'models/stories260K-hf')) return;
  await comparePlans(t, 'Plan.CompilesTheScheduleOfAModel');
});

test('the program section is read as the runtime reads it', async (t) => {
  const folder = await runCodegenTest(t, 'Plan.CompilesToTheSameBytesEachTime');
  const module = await WebAssembly.compile(await readFile(join(folder, 'plan.wasm')));
  const sections = WebAssembly.Module.customSections(module, 'webllm.program');
  assert.equal(sections.length, 1);
  assert.equal(Buffer.from(sections[0]).toString(), 'p'.repeat(300));
});
