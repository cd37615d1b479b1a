// SPDX-License-Identifier: Apache-2.0
// What a dedicated worker runs.
import { serveEngine } from './worker/engine_server.ts';

serveEngine();
