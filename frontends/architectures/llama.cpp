// SPDX-License-Identifier: Apache-2.0
// Llama: pre-norm decoder with rotary embeddings, grouped-query attention and a SwiGLU MLP.
// (arXiv:2302.13971, 2307.09288, 2407.21783; Hugging Face transformers, models/llama)
//
// The same file serves what differs in numbers and biases only: TinyLlama, SmolLM, Mistral without
// window, Qwen 2 and 2.5 (arXiv:2407.10671, 2412.15115).
#include <fmt/format.h>

#include <cmath>

#include "frontends/architectures/architectures.h"

namespace frontends {
namespace {

using namespace ir::graph;  // NOLINT: this file is written in ops

// What every layer of a step shares.
struct Step {
  Value sequences, positions, rope, cache;
};

Value self_attention(const ModelConfig& c, ModelBuilder& m, Value x, Step& step,
                     std::int64_t layer) {
  const std::int64_t query_width = c.num_attention_heads * c.head_dim;
  const std::int64_t kv_width = c.num_key_value_heads * c.head_dim;
  const Value q = m.linear(x, "q_proj", query_width, c.hidden_size, c.qkv_bias);
  const Value k = m.linear(x, "k_proj", kv_width, c.hidden_size, c.qkv_bias);
  const Value v = m.linear(x, "v_proj", kv_width, c.hidden_size, c.qkv_bias);
  const Value turned_q = m.emit(Rope{q, step.rope, c.head_dim});
  const Value turned_k = m.emit(Rope{k, step.rope, c.head_dim});
  step.cache = m.emit(CacheWrite{step.cache, turned_k, v, step.sequences, step.positions, layer});
  const Value mixed = m.emit(Attention{turned_q, step.cache, step.sequences, step.positions, layer,
                                       c.num_attention_heads, 1 / std::sqrt(double(c.head_dim))});
  return m.linear(mixed, "o_proj", c.hidden_size, query_width, c.output_bias);
}

Value mlp(const ModelConfig& c, ModelBuilder& m, Value x) {
  const Value gate = m.linear(x, "gate_proj", c.intermediate_size, c.hidden_size, c.mlp_bias);
  const Value up = m.linear(x, "up_proj", c.intermediate_size, c.hidden_size, c.mlp_bias);
  const Value product = m.emit(Swiglu{gate, up});
  return m.linear(product, "down_proj", c.hidden_size, c.intermediate_size, c.mlp_bias);
}

Value layer(const ModelConfig& c, ModelBuilder& m, Value x, Step& step, std::int64_t index) {
  const Value a = m.rms_norm(x, "input_layernorm", c.hidden_size, c.rms_norm_eps);
  x = m.emit(Add{x, m.in("self_attn", [&] { return self_attention(c, m, a, step, index); })});
  const Value b = m.rms_norm(x, "post_attention_layernorm", c.hidden_size, c.rms_norm_eps);
  return m.emit(Add{x, m.in("mlp", [&] { return mlp(c, m, b); })});
}

}  // namespace

void build_llama(const ModelConfig& c, ModelBuilder& m) {
  const TensorType ids{ir::DType::u32, {"rows"}};
  m.function("forward");
  const Value tokens = m.parameter("tokens", ids);
  Step step;
  step.sequences = m.parameter("sequences", ids);
  step.positions = m.parameter("positions", ids);
  step.cache =
      m.parameter("cache", CacheType{c.num_hidden_layers, c.num_key_value_heads, c.head_dim});
  m.in("model", [&] {
    Value x = m.in("embed_tokens", [&] {
      return m.emit(Gather{m.weight("weight", {c.vocab_size, c.hidden_size}), tokens});
    });
    step.rope =
        m.in("rotary_emb", [&] { return m.emit(RopeTable{step.positions, frequencies(c), 1}); });
    for (std::int64_t i = 0; i < c.num_hidden_layers; ++i)
      x = m.in(fmt::format("layers.{}", i), [&] { return layer(c, m, x, step, i); });
    m.returns({x, step.cache});
  });

  m.function("head");
  const Value hidden = m.parameter("hidden", TensorType{ir::DType::f32, {"rows", c.hidden_size}});
  const Value selected = m.parameter("selected", TensorType{ir::DType::u32, {"outputs"}});
  const Value chosen = m.in("head", [&] { return m.emit(Gather{hidden, selected}); });
  const Value normed = m.rms_norm(chosen, "model.norm", c.hidden_size, c.rms_norm_eps);
  const std::string_view name = c.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
  m.returns({m.linear(normed, name, c.vocab_size, c.hidden_size, false)});
}

}  // namespace frontends
