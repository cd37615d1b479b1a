// SPDX-License-Identifier: Apache-2.0
// The chat templates of the test data, with the tool format of each: what is derived from the
// template, corrected by frontends/tool_formats as the compiler does it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const data = join(root, 'build/data');

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** [{ name, template, bos_token, eos_token }], each template once. */
export function chatTemplates() {
  const found = readJson(join(data, 'chat-templates/goldens.json')).templates.map((golden) => ({
    name: golden.source,
    template: golden.chat_template,
    bos_token: golden.bos_token,
    eos_token: golden.eos_token,
  }));
  for (const folder of readdirSync(join(data, 'tokenizers'))) {
    for (const file of ['chat_template.jinja', 'chat_template.json', 'tokenizer_config.json']) {
      const path = join(data, 'tokenizers', folder, file);
      if (!existsSync(path)) continue;
      const template = file.endsWith('.jinja')
        ? readFileSync(path, 'utf8')
        : readJson(path).chat_template;
      if (typeof template !== 'string') continue;
      found.push({ name: `tokenizers/${folder}/${file}`, template, bos_token: '', eos_token: '' });
    }
  }
  const seen = new Set();
  return found.filter(({ template }) => !seen.has(template) && seen.add(template));
}

/** frontends/tool_formats, by name of the file. */
export function familyFormats() {
  const folder = join(root, 'frontends/tool_formats');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, ...readJson(join(folder, file)) }));
}

export function familyOf(template) {
  return familyFormats().find(({ template_contains }) =>
    template_contains.every((part) => template.includes(part)),
  );
}
