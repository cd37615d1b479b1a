// SPDX-License-Identifier: Apache-2.0
// The engine of all tabs. A browser may end it at any time; the next request loads the model again.
import { ServiceWorkerMLCEngineHandler } from '../runtime/runtime.js';

new ServiceWorkerMLCEngineHandler();
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
