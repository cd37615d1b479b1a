// SPDX-License-Identifier: Apache-2.0
// The engine's thread. It lies in this folder, so that the service worker serves it offline.
import '../runtime/worker.js';
