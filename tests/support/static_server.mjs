// SPDX-License-Identifier: Apache-2.0
// Serves folders on loopback until the test `t` has ended, as a page would get them anywhere:
//   const address = await serveFolders(t, { '/': build, '/bundle/': bundle });
// An empty page is at /blank.html.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export async function serveFolders(t, folders) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const file = prefix && join(folders[prefix], path.slice(prefix.length));
    if (path === '/blank.html') {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>test</title><link rel="icon" href="data:,">');
    } else if (file && (await stat(file).catch(() => null))?.isFile()) {
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      createReadStream(file).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}
