// SPDX-License-Identifier: Apache-2.0
// The extension's service worker: keeps the model while popups come and go.
import { ExtensionServiceWorkerMLCEngineHandler } from './runtime/runtime.js';

let handler;
chrome.runtime.onConnect.addListener((port) => {
  if (handler) handler.setPort(port);
  else handler = new ExtensionServiceWorkerMLCEngineHandler(port);
});
