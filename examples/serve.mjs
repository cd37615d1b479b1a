// SPDX-License-Identifier: Apache-2.0
// Serves the examples on this machine, with the runtime and with models:
//   node examples/serve.mjs [BUNDLE ...]        http://localhost:8080/chat/
// Without a bundle the model of this project is compiled first. Any static server will do as well:
// this is the layout.
//   /chat/, /tools/, ...   the folders beside this file
//   /runtime/              runtime.js and what lies beside it
//   /models/NAME/          the bundles; /models/models.json lists them
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const build = resolve(here, '..', process.env.WEBLLM_BUILD ?? 'build/release');
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

function compilePebble() {
  const bundle = resolve(here, '../build/examples/pebble-2m');
  if (!existsSync(bundle)) {
    const program = join(build, 'webllm-compile');
    execFileSync(program, [join(here, 'models/pebble-2m'), '-o', bundle], { stdio: 'inherit' });
  }
  return bundle;
}

/** The file of a request, or nothing: below one of the folders, hidden files left out. */
function find(folders, path) {
  const [first, ...rest] = path.split('/').filter(Boolean);
  const [folder, below] =
    first === 'models' ? [folders[`models/${rest[0]}`], rest.slice(1)] : [folders[first], rest];
  const inner = folder && resolve(folder, ...below);
  const inside = inner && (inner + sep).startsWith(resolve(folder) + sep);
  if (!inside || below.some((part) => part.startsWith('.'))) return undefined;
  return path.endsWith('/') ? join(inner, 'index.html') : inner;
}

/** `bundles`: folders by name. */
export async function serveExamples({ bundles, port = 0, runtime = join(build, 'runtime') }) {
  const folders = { runtime };
  for (const [name, folder] of Object.entries(bundles)) folders[`models/${name}`] = folder;
  for (const name of ['chat', 'chat-service-worker', 'json-schema', 'tools', 'cdn', 'page.css']) {
    folders[name] = join(here, name);
  }
  const models = Object.keys(bundles).map((name) => ({ name, address: `../models/${name}/` }));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    response.setHeader('cache-control', 'no-cache');
    if (path === '/') return response.writeHead(302, { location: '/chat/' }).end();
    if (path === '/models/models.json') {
      return response.setHeader('content-type', types['.json']).end(JSON.stringify(models));
    }
    const file = find(folders, path);
    const found = file && (await stat(file).catch(() => undefined));
    if (!found?.isFile()) return response.writeHead(404).end('not found');
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-length', found.size);
    if (request.method === 'HEAD') return response.end();
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://localhost:${server.address().port}/`, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const paths = given.length > 0 ? given : [compilePebble()];
  const bundles = Object.fromEntries(paths.map((path) => [basename(resolve(path)), path]));
  const { address } = await serveExamples({ bundles, port: 8080 });
  console.log(`${address}chat/`);
}
