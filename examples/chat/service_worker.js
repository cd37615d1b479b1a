// SPDX-License-Identifier: Apache-2.0
// Keeps the page's files for when there is no network. Models are kept by the runtime itself.
const kept = 'chat';
const files = [
  './',
  './style.css',
  './main.js',
  './answer.js',
  './demos.js',
  './markdown.js',
  './view.js',
  './worker.js',
  './icon.svg',
  './manifest.webmanifest',
  '../runtime/runtime.js',
  '../runtime/worker.js',
  '../runtime/runtime.wasm',
  '../runtime/grammar.wasm',
  '../models/models.json',
].map((file) => new URL(file, self.location.href).href);

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(files)));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** What the network says, or else what it said last. */
async function answer(request) {
  const cache = await caches.open(kept);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request.url, response.clone());
    return response;
  } catch (error) {
    const before = await cache.match(request.url, { ignoreSearch: true });
    if (before) return before;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const [address] = event.request.url.split(/[?#]/);
  if (files.includes(address)) event.respondWith(answer(event.request));
});
