// SPDX-License-Identifier: Apache-2.0
// A bundle written by hand, so that the web runtime is tested without the compiler. Its "model" is
// exact in u32: the hidden value of a position is a hash of the weights of all ids up to it, kept in
// a paged cache, and the next id is that hash modulo the vocabulary:
//
//   await writeTinyBundle(folder, { context: 2048 });
//   tinyModel.next([1, 5, 9])      // what an engine must generate after these ids
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { wasmModule } from './wasm_module.mjs';

const vocabulary = 61;
const maxRows = 8;
const pageTokens = 64;
const weights = Uint32Array.from({ length: 64 }, (_, i) => (i * 2654435761 + 12345) >>> 0);

function hidden(ids) {
  return ids.reduce((hash, id) => (Math.imul(hash, 31) + weights[id]) >>> 0, 7);
}

export const tinyModel = {
  vocabulary,
  next: (ids) => hidden(ids) % vocabulary,
  logits: (ids) =>
    Float32Array.from({ length: vocabulary }, (_, v) =>
      hidden(ids) % vocabulary === v ? 97 : (hidden(ids) + v) % 97,
    ),
  generate(prompt, count) {
    const ids = [...prompt];
    while (ids.length < prompt.length + count) ids.push(this.next(ids));
    return ids.slice(prompt.length);
  },
  /** The same where attention sees a window of four pages, the first one its sink. */
  generateSliding(prompt, count) {
    const ids = [...prompt];
    while (ids.length < prompt.length + count) ids.push(this.next(seenInWindow(ids)));
    return ids.slice(prompt.length);
  },
};

/** What the row of the last id sees of so many: a page goes when there are 257, 321, 385 ... */
export function seenInWindow(ids) {
  const dropped = pageTokens * Math.ceil(Math.max(0, ids.length - 4 * pageTokens) / pageTokens);
  return [...ids.slice(0, pageTokens), ...ids.slice(pageTokens + dropped)];
}

const kernels = (pagesPerSequence) => {
  const place = `fn place(row: u32, position: u32) -> u32 {
      let page = table[step[4u + row] * ${pagesPerSequence}u + position / ${pageTokens}u];
      return page * ${pageTokens}u + position % ${pageTokens}u;
    }`;
  const position = `step[${4 + maxRows}u + row]`;
  return [
    {
      name: 'write_cache',
      bindings: { tokens: 'read', step: 'read', table: 'read', cache: 'read_write' },
      body: `${place}
        @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
          let row = group.x;
          cache[place(row, ${position})] = tokens[row];
        }`,
    },
    {
      name: 'hash',
      bindings: {
        step: 'read',
        table: 'read',
        cache: 'read',
        weights: 'read',
        hidden: 'read_write',
      },
      body: `${place}
        @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
          let row = group.x;
          var hash = 7u;
          for (var p = 0u; p <= ${position}; p++) {
            hash = hash * 31u + weights[cache[place(row, p)]];
          }
          hidden[row] = hash;
        }`,
    },
    {
      name: 'argmax',
      bindings: { step: 'read', hidden: 'read', tokens: 'read_write' },
      body: `@compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
          tokens[group.x] = hidden[step[${4 + 2 * maxRows}u + group.x]] % ${vocabulary}u;
        }`,
    },
    {
      name: 'logits',
      bindings: { step: 'read', hidden: 'read', logits: 'read_write' },
      type: { logits: 'f32' },
      body: `@compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
          let hash = hidden[step[${4 + 2 * maxRows}u + group.x]];
          let value = select((hash + group.y) % 97u, 97u, hash % ${vocabulary}u == group.y);
          logits[group.x * ${vocabulary}u + group.y] = f32(value);
        }`,
    },
  ];
};

const wgsl = ({ bindings, type = {}, body }) =>
  Object.entries(bindings)
    .map(
      ([name, access], i) =>
        `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${type[name] ?? 'u32'}>;\n`,
    )
    .join('') + body;

const buffers = ({ pagesPerSequence, maxSequences }) => [
  { name: 'tokens', role: 'tokens', bytes: 4 * maxRows },
  { name: 'step', role: 'step', bytes: 256 },
  { name: 'table', role: 'page_table', bytes: 4 * maxSequences * pagesPerSequence },
  { name: 'cache', role: 'cache', bytes: 0, bytes_per_page: 4 * pageTokens },
  { name: 'weights', role: 'weight', bytes: weights.byteLength, tensor: 0 },
  { name: 'hidden', role: 'scratch', bytes: 4 * maxRows },
  { name: 'logits', role: 'result', bytes: 4 * vocabulary * maxSequences },
];

function program({ context, initialPages, maxSequences = 2 }) {
  const pagesPerSequence = Math.ceil(context / pageTokens);
  const described = buffers({ pagesPerSequence, maxSequences });
  const index = (name) => described.findIndex((buffer) => buffer.name === name);
  const all = kernels(pagesPerSequence);
  return {
    version: 1,
    architecture: 'TinyHash',
    capacities: {
      max_rows: maxRows,
      max_sequences: maxSequences,
      page_tokens: pageTokens,
      context,
      pages_per_sequence: pagesPerSequence,
      initial_pages: initialPages,
      step_slots: 4,
      step_slot_bytes: 256,
    },
    rope: [],
    buffers: described,
    kernels: all.map((kernel) => ({
      name: kernel.name,
      wgsl: wgsl(kernel),
      bindings: Object.values(kernel.bindings).map((access) =>
        access === 'read' ? 'read-only-storage' : 'storage',
      ),
    })),
    bind_groups: all.map((kernel, i) => ({
      kernel: i,
      buffers: Object.keys(kernel.bindings).map(index),
    })),
    functions: [
      {
        name: 'forward',
        parameters: ['rows', 'pages'],
        results: [index('hidden')],
        max_records: 2,
      },
      { name: 'greedy', parameters: ['outputs'], results: [index('tokens')], max_records: 1 },
      { name: 'head', parameters: ['outputs'], results: [index('logits')], max_records: 1 },
    ].map((fn) => ({ ...fn, export: `plan_${fn.name}` })),
  };
}

// A word of a record is a number, or 'name' of the function's parameter.
const plans = [
  {
    name: 'plan_forward',
    parameters: ['rows', 'pages'],
    records: [
      [0, 0, 0, 1, 'rows', 1, 1, 0],
      [0, 1, 1, 1, 'rows', 1, 1, 1],
    ],
  },
  { name: 'plan_greedy', parameters: ['outputs'], records: [[0, 2, 2, 1, 'outputs', 1, 1, 0]] },
  {
    name: 'plan_head',
    parameters: ['outputs'],
    records: [[0, 3, 3, 1, 'outputs', vocabulary, 1, 0]],
  },
];

/** Writes the bundle; `change(manifest, program)` may spoil it first. */
export async function writeTinyBundle(folder, options = {}) {
  const { context = 512, initialPages = 2, eos = [], change = () => {} } = options;
  const described = program({ context, initialPages, maxSequences: options.maxSequences });
  const bytes = Buffer.from(weights.buffer);
  const halves = [bytes.subarray(0, 128), bytes.subarray(128)];
  const files = new Map(halves.map((half, i) => [`weights/${i}.bin`, half]));
  const manifest = {
    format: 'webllm-bundle',
    version: 1,
    minimum_runtime: 1,
    compiler: { name: 'by hand', version: '0', options: {} },
    model: { name: 'tiny-hash', architecture: 'TinyHash', parameters: 64 },
    quantization: 'u32',
    context,
    vocabulary,
    bos_token_ids: [1],
    eos_token_ids: eos,
    generation: {},
    library: '0'.repeat(64),
    files: [],
    segments: [],
    tensors: [
      {
        name: 'weights',
        shape: [64],
        encoding: 'u32',
        bytes: 256,
        pieces: [
          { segment: 0, offset: 0, at: 0, bytes: 128 },
          { segment: 1, offset: 0, at: 128, bytes: 128 },
        ],
      },
    ],
    layers: [],
    memory: [{ context, gpu_bytes: 4096 }],
    requirements: { features: [], limits: { maxStorageBufferBindingSize: 65536 } },
    tokenizer: null,
    chat_template: null,
  };
  change(manifest, described);
  const sections = { 'webllm.program': deflateSync(JSON.stringify(described)) };
  files.set('model.wasm', wasmModule(plans, sections));
  for (const [path, content] of files) {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = { path, bytes: content.length, sha256 };
    manifest.files.push(file);
    if (path.startsWith('weights/')) manifest.segments.push(file);
  }
  await mkdir(join(folder, 'weights'), { recursive: true });
  for (const [path, content] of files) await writeFile(join(folder, path), content);
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  return folder;
}
