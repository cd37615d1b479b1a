// SPDX-License-Identifier: Apache-2.0
// Models of the test data as bundles, compiled by the built binary into a temporary folder, and what
// the reference says about them:
//   const bundle = compileModel(t, 'models/stories260K-hf', 'q0f32');
//   const { logits } = evaluate(t, 'models/stories260K-hf', 'q0f32', ['--prompt-ids', '1,403']);
// Each is null, and the test skipped by name, when the test data is absent.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, requireTestData } from './paths.mjs';

const run = (args) =>
  execFileSync(binary, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export function compileModel(t, model, quantization, options = []) {
  const source = requireTestData(t, model);
  return source && compileFolder(t, source, quantization, options);
}

/** The same for any folder. */
export function compileFolder(t, source, quantization, options = []) {
  const folder = mkdtempSync(join(tmpdir(), 'webllm-bundle-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = join(folder, 'bundle');
  run([source, '-o', bundle, '--quantization', quantization, '--json', ...options]);
  return bundle;
}

export function golden(t, model) {
  const path = requireTestData(t, join(model, 'golden-greedy.json'));
  if (!path) return null;
  const { prompt_ids: prompt, greedy_ids: ids } = JSON.parse(readFileSync(path, 'utf8'));
  return { prompt, ids };
}

/** `eval --json` of the model: {prompt_ids, ids, text, logits}. */
export function evaluate(t, model, quantization, options) {
  const source = requireTestData(t, model);
  return source && evaluateFolder(source, quantization, options);
}

/** The same for any folder. */
export function evaluateFolder(source, quantization, options) {
  const args = ['eval', source, '--quantization', quantization, '--json', ...options];
  return JSON.parse(run(args));
}
