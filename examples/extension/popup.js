// SPDX-License-Identifier: Apache-2.0
// Asks the model in the extension's service worker. The folder model/ holds a compiled one, and
// runtime/ the runtime (node examples/extension/pack.mjs puts both there).
import { CreateExtensionServiceWorkerMLCEngine } from './runtime/runtime.js';

const [form, input, text] = ['form', 'input', '#text'].map((one) => document.querySelector(one));
try {
  const engine = await CreateExtensionServiceWorkerMLCEngine('./model/', {
    initProgressCallback: (report) => (text.textContent = report.text),
  });
  text.textContent = '';
  input.disabled = false;
  input.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    text.textContent = '';
    try {
      const messages = [{ role: 'user', content: input.value }];
      const chunks = await engine.chat.completions.create({ messages, stream: true });
      for await (const { choices } of chunks) text.append(choices[0].delta.content ?? '');
    } catch (error) {
      text.textContent = error.message;
    }
  });
} catch (error) {
  text.textContent = error.message;
}
