// SPDX-License-Identifier: Apache-2.0
// A Llama checkpoint of any size with random bf16 weights: a model folder without tokenizer, for
// measuring what does not depend on what a model has learned.
//   node benchmarks/support/random_llama.mjs FOLDER [LAYERS]       1.1 B parameters with 22 layers
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

// The shape of TinyLlama 1.1 B.
export const shape1B = {
  num_hidden_layers: 22,
  hidden_size: 2048,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  intermediate_size: 5632,
  vocab_size: 32000,
};

// The widths of Llama 3 8 B and 70 B, with two of their 32 and 80 layers.
export const shape8B = {
  num_hidden_layers: 2,
  hidden_size: 4096,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  intermediate_size: 14336,
  vocab_size: 128256,
};
export const shape70B = {
  ...shape8B,
  hidden_size: 8192,
  num_attention_heads: 64,
  intermediate_size: 28672,
};

function configOf(shape) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    torch_dtype: 'bfloat16',
    hidden_act: 'silu',
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    bos_token_id: 1,
    eos_token_id: 2,
    ...shape,
  };
}

function tensorsOf(shape) {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocabulary } = shape;
  const keyValue = (hidden / shape.num_attention_heads) * shape.num_key_value_heads;
  const tensors = [['model.embed_tokens.weight', [vocabulary, hidden]]];
  for (let layer = 0; layer < shape.num_hidden_layers; ++layer) {
    for (const [name, size] of [
      ['input_layernorm', [hidden]],
      ['self_attn.q_proj', [hidden, hidden]],
      ['self_attn.k_proj', [keyValue, hidden]],
      ['self_attn.v_proj', [keyValue, hidden]],
      ['self_attn.o_proj', [hidden, hidden]],
      ['post_attention_layernorm', [hidden]],
      ['mlp.gate_proj', [inner, hidden]],
      ['mlp.up_proj', [inner, hidden]],
      ['mlp.down_proj', [hidden, inner]],
    ]) {
      tensors.push([`model.layers.${layer}.${name}.weight`, size]);
    }
  }
  tensors.push(['model.norm.weight', [hidden]]);
  if (!shape.tie_word_embeddings) tensors.push(['lm_head.weight', [vocabulary, hidden]]);
  return tensors;
}

const elements = (size) => size.reduce((product, extent) => product * extent, 1);

// Fills with bf16 values of about N(0, 0.02): sums of four uniform numbers (xorshift, seeded).
function fillRandom(values, random) {
  const bits = new Uint32Array(new Float32Array(1).buffer);
  const asFloat = new Float32Array(bits.buffer);
  let state = random.state;
  for (let i = 0; i < values.length; ++i) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    asFloat[0] = (sum - 510 + (i & 1 ? 0.25 : -0.25)) * (0.02 / 148);
    values[i] = bits[0] >>> 16;
  }
  random.state = state;
}

// Writes config.json and model.safetensors into `folder`. With `repeat`, all chunks of 16 MiB are
// the same numbers but for their first ones: for models where only sizes matter. (Segments of a
// bundle that are equal are stored once.)
export async function writeRandomLlama(folder, shape = shape1B, { repeat = false } = {}) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(configOf(shape), null, 2));
  const tensors = tensorsOf(shape);
  const header = {};
  let end = 0;
  for (const [name, size] of tensors) {
    const begin = end;
    end += 2 * elements(size);
    header[name] = { dtype: 'BF16', shape: size, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(8));
  const padded = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const file = await open(join(folder, 'model.safetensors'), 'w');
  await file.write(Buffer.concat([length, padded]));
  const random = { state: 0x2545f491 };
  const chunk = new Uint16Array(8 << 20);
  if (repeat) fillRandom(chunk, random);
  for (const [, size] of tensors) {
    for (let left = elements(size); left > 0; left -= chunk.length) {
      const values = chunk.subarray(0, Math.min(left, chunk.length));
      fillRandom(repeat ? values.subarray(0, 64) : values, random);
      await file.write(new Uint8Array(values.buffer, 0, values.byteLength));
    }
  }
  await file.close();
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, layers = shape1B.num_hidden_layers] = argv.slice(2);
  await writeRandomLlama(folder, { ...shape1B, num_hidden_layers: Number(layers) });
}
