// SPDX-License-Identifier: Apache-2.0
// The npm package, made, packed and installed as npm does: it runs in Node, its declarations serve a
// user's strict TypeScript, and it is as small as promised.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openGpu } from '../../support/adapters.mjs';
import { root } from '../../support/paths.mjs';
import { installPackage, run } from './installed_package.mjs';
import { tinyModel, writeTinyBundle } from './tiny_bundle.mjs';

const userFile = `
import { createEngine, CreateMLCEngine, AbortedError, type Engine, type ChatCompletionChunk } from 'webllm-runtime';

export async function say(engine: Engine): Promise<string> {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  let text = '';
  for await (const chunk of await engine.chat.completions.create({ messages, stream: true })) {
    const { choices }: ChatCompletionChunk = chunk;
    text += choices[0]?.delta.content ?? '';
  }
  const whole = await engine.chat.completions.create({ messages, temperature: 0.5 });
  return text + whole.choices[0].message.content + whole.usage.extra.decode_tokens_per_s;
}
export const engine = createEngine('./bundle/', { progress: ({ phase, loaded }) => console.log(phase, loaded) });
export const theirs = CreateMLCEngine(['./bundle/'], { initProgressCallback: (r) => console.log(r.text) });
export const stopped = (error: unknown) => error instanceof AbortedError;
// @ts-expect-error: there is no such field
export const wrong = async () => (await engine).chat.completions.create({ message: [] });
`;

test('the npm package', async (t) => {
  const { project, installed, files } = installPackage(t);

  await t.test('holds what it should', () => {
    const others = files.filter((path) => !path.startsWith('types/')).sort();
    assert.deepEqual(others, [
      'LICENSE',
      'LICENSE.jinja',
      'README.md',
      'grammar.wasm',
      'package.json',
      'profiler.js',
      'runtime.js',
      'runtime.wasm',
      'worker.js',
    ]);
    assert.ok(files.includes('types/index.d.ts') && !files.includes('types/jinja.d.ts'));
    const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    assert.equal(about.dependencies, undefined);
    const targets = Object.values(about.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of targets) assert.ok(files.includes(target.slice(2)), target);
  });

  await t.test('is 100 KB of script at the most, gzipped, templates included', () => {
    for (const script of ['runtime.js', 'worker.js']) {
      const bytes = gzipSync(readFileSync(join(installed, script)), { level: 9 }).length;
      t.diagnostic(`${script}: ${bytes} bytes gzipped`);
      assert.ok(bytes <= 100_000, `${script} has ${bytes} bytes`);
    }
  });

  await t.test('runs in Node by its name', async () => {
    const bundle = join(project, 'bundle');
    await writeTinyBundle(bundle);
    const main = join(project, 'main.js');
    writeFileSync(main, `export * from 'webllm-runtime';`);
    const { createEngine } = await import(pathToFileURL(main).href);
    const engine = await createEngine(pathToFileURL(bundle), { gpu: openGpu('lavapipe') });
    const ids = [];
    for await (const { id } of engine.generate([3, 5], { maxTokens: 20 })) ids.push(id);
    await engine.close();
    assert.deepEqual(ids, tinyModel.generate([3, 5], 20));
  });

  await t.test('has types for whoever uses it, however modules are resolved', () => {
    writeFileSync(join(project, 'user.ts'), userFile);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    for (const [module, resolution] of [
      ['esnext', 'bundler'],
      ['nodenext', 'nodenext'],
    ]) {
      const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022'];
      const lib = ['--lib', 'es2022,dom,dom.iterable,dom.asynciterable', '--types', ''];
      run('node', [tsc, '--noEmit', '--strict', ...options, ...lib, 'user.ts'], project);
    }
  });
});
