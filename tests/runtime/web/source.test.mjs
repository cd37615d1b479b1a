// SPDX-License-Identifier: Apache-2.0
// Files of a bundle over HTTP and from disk: what arrives is what was listed, or an error says so.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { internals, temporaryFolder } from './internals.mjs';

const { openSource, readAll, readManifest, readVerified } = await internals('files/source.ts');

const content = Buffer.from('what the weights say '.repeat(5000));
const sha256 = createHash('sha256').update(content).digest('hex');
const file = { path: 'weights/a.bin', bytes: content.length, sha256 };

/** Serves `answer(request, response)` on loopback until the test ends; returns the address. */
async function serve(t, answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

test('addresses: a folder, its manifest, a folder without its slash', () => {
  for (const address of ['bundle/', 'bundle', 'bundle/model.json', 'bundle/model.json?x#y']) {
    const source = openSource(`https://a.example/models/${address}`);
    assert.equal(source.address('model.wasm'), 'https://a.example/models/bundle/model.wasm');
  }
  assert.equal(
    openSource('some/where').address('x'),
    new URL('some/where/x', `file://${process.cwd()}/`).href,
  );
});

test('a file in parts, with a redirect', async (t) => {
  const address = await serve(t, (request, response) => {
    if (request.url === '/bundle/weights/a.bin') {
      response.writeHead(302, { location: '/elsewhere' }).end();
    } else {
      response.write(content.subarray(0, 1000));
      setTimeout(() => response.end(content.subarray(1000)), 5);
    }
  });
  let counted = 0;
  const bytes = await readVerified(openSource(`${address}bundle`), file, {
    onBytes: (more) => (counted += more),
  });
  assert.ok(content.equals(bytes));
  assert.equal(counted, content.length);
});

const faults = [
  [
    'a flipped byte',
    (b) => ((b[77] ^= 1), b),
    'IntegrityError',
    /a\.bin has sha256 [0-9a-f]{64}, wanted/,
  ],
  ['a file cut short', (b) => b.subarray(0, 700), 'IntegrityError', /a\.bin ends after 700 of its/],
  ['an empty file', () => Buffer.alloc(0), 'IntegrityError', /a\.bin ends after 0 of its/],
  ['a longer file', (b) => Buffer.concat([b, b]), 'IntegrityError', /a\.bin is longer than its/],
];
for (const [name, spoil, error, message] of faults) {
  test(`${name}, over HTTP and from disk`, async (t) => {
    const spoilt = spoil(Buffer.from(content));
    const address = await serve(t, (request, response) => response.end(spoilt));
    await assert.rejects(readVerified(openSource(address), file), { name: error, message });
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'a.bin'), spoilt);
    const local = { ...file, path: 'a.bin' };
    await assert.rejects(readVerified(openSource(pathToFileURL(folder)), local), {
      name: error,
      message,
    });
  });
}

test('a file that is not there, a server that is not there, a connection that breaks', async (t) => {
  const missing = await serve(t, (request, response) => response.writeHead(404).end('no'));
  await assert.rejects(readVerified(openSource(missing), file), {
    name: 'ReadError',
    message: /weights\/a\.bin: the server answered 404 Not Found/,
  });
  await assert.rejects(readVerified(openSource('http://127.0.0.1:1/'), file), {
    name: 'ReadError',
    message: /127\.0\.0\.1:1\/weights\/a\.bin cannot be read/,
  });
  const broken = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 1000), () => response.destroy());
  });
  await assert.rejects(readVerified(openSource(broken), file), { name: 'ReadError' });
  const folder = await temporaryFolder(t);
  await assert.rejects(readVerified(openSource(pathToFileURL(folder)), file), {
    name: 'ReadError',
    message: /a\.bin cannot be read: ENOENT/,
  });
});

test('reading can be stopped', async (t) => {
  const address = await serve(t, (request, response) => response.write(content.subarray(0, 1000)));
  const stop = new AbortController();
  const reading = readVerified(openSource(address), file, {
    signal: stop.signal,
    onBytes: () => stop.abort(),
  });
  await assert.rejects(reading, { name: 'AbortedError' });
});

test('a file without end is not read to it', async (t) => {
  const address = await serve(t, (request, response) => response.end(content));
  await assert.rejects(readAll(openSource(address), 'model.json', 1000), {
    name: 'BundleError',
    message: /model\.json is longer than 1000 bytes/,
  });
});

/** A store in memory, of which writing can fail. */
class MemoryStore {
  files = new Map();
  full = false;
  async read(name) {
    return this.files.get(name)?.slice();
  }
  async has(name) {
    return this.files.has(name);
  }
  async write(name, bytes) {
    if (this.full) throw new DOMException('the quota is spent', 'QuotaExceededError');
    this.files.set(name, Uint8Array.from(bytes));
  }
  async delete(name) {
    this.files.delete(name);
  }
  async list(prefix) {
    return [...this.files.keys()].filter((name) => name.startsWith(prefix));
  }
}

/** Serves the content with ranges; breaks off after `limit` bytes of an answer. */
async function serveRanges(t, server) {
  return serve(t, (request, response) => {
    const from = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
    server.requests.push(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
    const end = Math.min(content.length, from + server.limit);
    response.write(content.subarray(from, end), () => {
      if (end < content.length) response.destroy();
      else response.end();
    });
  });
}

test('a file is loaded once, goes on where it was cut, and is healed when damaged', async (t) => {
  const cache = new MemoryStore();
  const server = { requests: [], limit: 70_000 };
  const address = await serveRanges(t, server);
  const read = (options) => readVerified(openSource(address, { cache }), file, options);
  await assert.rejects(read(), { name: 'ReadError' });
  server.limit = Infinity;
  let counted = 0;
  assert.ok(content.equals(await read({ onBytes: (more) => (counted += more) })));
  const [first, resumed] = server.requests;
  assert.equal(first, 0);
  assert.ok(resumed >= 65536 && resumed <= 70_000, `resumed at ${resumed}`);
  assert.equal(counted, content.length);
  assert.deepEqual([...cache.files.keys()], [`files/${sha256}`]);

  assert.ok(content.equals(await read()));
  assert.equal(server.requests.length, 2);

  const stop = new AbortController();
  const stopped = read({ signal: stop.signal, onBytes: () => stop.abort() });
  await assert.rejects(stopped, { name: 'AbortedError' }, 'what is kept is not used either');
  await assert.rejects(read({ signal: stop.signal }), { name: 'AbortedError' });

  for (const spoil of [(b) => ((b[9] ^= 1), b), (b) => b.subarray(1)]) {
    cache.files.set(`files/${sha256}`, spoil(Uint8Array.from(content)));
    assert.ok(content.equals(await read()));
    assert.ok(content.equals(cache.files.get(`files/${sha256}`)));
  }
  assert.deepEqual(server.requests.slice(2), [0, 0]);

  cache.files.delete(`files/${sha256}`);
  cache.files.set(`parts/${sha256}`, new Uint8Array(70_000)); // not its beginning
  assert.ok(content.equals(await read()));
  assert.deepEqual(server.requests.slice(4), [70_000, 0]);
});

test('a full store does not stop loading, and says so', async (t) => {
  const cache = Object.assign(new MemoryStore(), { full: true });
  const address = await serve(t, (request, response) => response.end(content));
  const failures = [];
  const source = openSource(address, { cache, cacheFailed: (error) => failures.push(error) });
  assert.ok(content.equals(await readVerified(source, file)));
  assert.equal(failures[0].name, 'StorageError');
  assert.match(failures[0].message, new RegExp(`${content.length} bytes of files/.* the quota`));
});

test('a manifest that was good is there without the network; what is none is not kept', async (t) => {
  const cache = new MemoryStore();
  let answer = '{"a": 1}';
  const address = await serve(t, (request, response) => {
    if (answer === undefined) response.destroy();
    else response.end(answer);
  });
  const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
  const read = () => readManifest(openSource(address, { cache }), 'model.json', 1000, parse);
  assert.deepEqual(await read(), { a: 1 });
  answer = '<html>Sign in to the network</html>';
  await assert.rejects(read(), { name: 'SyntaxError' });
  answer = undefined;
  assert.deepEqual(await read(), { a: 1 });
  cache.files.clear();
  await assert.rejects(read(), { name: 'ReadError' });
});
