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

const { openSource, readAll, readVerified } = await internals('source.ts');

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
