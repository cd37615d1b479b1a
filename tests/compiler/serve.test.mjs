// SPDX-License-Identifier: Apache-2.0
// `webllm-compile serve`: what a browser gets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';

import { requireTestData } from '../support/paths.mjs';
import { run, runJson, start, temporaryFolder } from './cli.mjs';

async function serving(t, bundle, folder) {
  const child = start(['serve', bundle, '--port', '0'], folder);
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, url: line.match(/http:\/\/127\.0\.0\.1:\d+\//)[0] };
}

// fetch() would resolve "..", this sends the path as it is.
async function statusOfRawPath(url, path) {
  const request = http.get({ port: new URL(url).port, host: '127.0.0.1', path });
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

test('serve gives the page, the runtime and the bundle', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const { bundle } = await runJson([model], folder);
  const { child, url } = await serving(t, bundle, folder);
  const types = {
    '': 'text/html; charset=utf-8',
    'runtime.js': 'text/javascript; charset=utf-8',
    'runtime.wasm': 'application/wasm',
    'grammar.wasm': 'application/wasm',
    'bundle/model.json': 'application/json',
    'bundle/model.wasm': 'application/wasm',
    'bundle/tokenizer.bin': 'application/octet-stream',
  };
  for (const [path, type] of Object.entries(types)) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get('content-type'), type, path);
    assert.equal(response.headers.get('access-control-allow-origin'), '*', path);
    const body = Buffer.from(await response.arrayBuffer());
    assert.ok(body.length > 0, path);
    if (path.startsWith('bundle/'))
      assert.deepEqual(body, readFileSync(join(folder, path.replace('bundle', bundle))), path);
  }
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('serve answers ranges', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const { bundle } = await runJson([model], folder);
  const { url } = await serving(t, bundle, folder);
  const name = `weights/${readdirSync(join(folder, bundle, 'weights'))[0]}`;
  const bytes = readFileSync(join(folder, bundle, name));
  const get = (range) => fetch(`${url}bundle/${name}`, { headers: { range: `bytes=${range}` } });
  for (const [range, begin, end] of [
    ['0-0', 0, 1],
    ['10-19', 10, 20],
    ['100-', 100, bytes.length],
    ['-7', bytes.length - 7, bytes.length],
  ]) {
    const response = await get(range);
    assert.equal(response.status, 206, range);
    const header = `bytes ${begin}-${end - 1}/${bytes.length}`;
    assert.equal(response.headers.get('content-range'), header);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes.subarray(begin, end));
  }
  const beyond = await get(`${bytes.length}-`);
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), `bytes */${bytes.length}`);
  const whole = await fetch(`${url}bundle/${name}`, { method: 'HEAD' });
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  assert.match(whole.headers.get('cache-control'), /immutable/);
});

test('serve gives nothing outside the bundle', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'bundle'));
  writeFileSync(join(folder, 'bundle/model.json'), '{}');
  writeFileSync(join(folder, 'secret'), 'secret');
  symlinkSync('../secret', join(folder, 'bundle/link'));
  const { url } = await serving(t, 'bundle', folder);
  assert.equal((await fetch(`${url}bundle/model.json`)).status, 200);
  for (const path of [
    '/bundle/../secret',
    '/bundle/%2e%2e/secret',
    '/bundle/..%2fsecret',
    '/bundle//etc/passwd',
    '/bundle/link',
    '/bundle/',
    '/../secret',
    '/nothing',
  ])
    assert.equal(await statusOfRawPath(url, path), 404, path);
});

test('serve says what is wrong', async (t) => {
  const folder = temporaryFolder(t);
  const none = await run(['serve', 'nowhere'], folder);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no bundle here.*\[file-not-found\]/);
  mkdirSync(join(folder, 'bundle'));
  writeFileSync(join(folder, 'bundle/model.json'), '{}');
  const { url } = await serving(t, 'bundle', folder);
  const taken = await run(['serve', 'bundle', '--port', new URL(url).port], folder);
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, /port \d+ cannot be listened on/);
});
