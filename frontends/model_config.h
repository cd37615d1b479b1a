// SPDX-License-Identifier: Apache-2.0
// The numbers of a model, checked: what config.json and generation_config.json of a Hugging Face
// folder say, with Hugging Face's defaults filled in.
//
//   {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "num_attention_heads": 8, ...}
//   -> ModelConfig{.architecture = "LlamaForCausalLM", .hidden_size = 64, .head_dim = 8, ...}
//
// A value that would change the result in a way the compiler does not implement is an error, a key
// it has never heard of is a warning: no difference passes in silence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ir/support/result.h"

namespace frontends {

// How the rotary frequencies are stretched to longer contexts.
enum class RopeScaling : std::uint8_t { none, linear, llama3 };

struct RopeConfig {
  double theta = 10000.0;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1.0;  // linear and llama3
  double low_freq_factor = 1.0;
  double high_freq_factor = 1.0;
  std::int64_t original_max_position_embeddings = 0;
  bool operator==(const RopeConfig&) const = default;
};

struct ModelConfig {
  std::string architecture;  // "LlamaForCausalLM": the name in frontends/architectures
  std::string model_type;    // "llama"
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;  // divides num_attention_heads
  std::int64_t head_dim = 0;             // even
  std::int64_t vocab_size = 0;
  // Tokens; already cut to the sliding window where the model has one.
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 0;
  RopeConfig rope;
  bool tie_word_embeddings = false;
  bool qkv_bias = false;     // of the projections to queries, keys and values
  bool output_bias = false;  // of the projection of what attention gives
  bool mlp_bias = false;
  std::string hidden_act;  // "silu"
  std::string dtype;       // what the weights were trained in, such as "bfloat16"; may be empty
  std::optional<std::int64_t> bos_token_id;
  std::vector<std::int64_t> eos_token_ids;  // any of them ends a text
  std::optional<std::int64_t> pad_token_id;
};

// What the model's authors recommend for sampling; a value that is absent was not stated.
struct GenerationConfig {
  std::optional<bool> do_sample;  // false: greedy
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> min_p;
  std::optional<std::int64_t> top_k;
  std::optional<double> repetition_penalty;
  std::optional<std::int64_t> max_new_tokens;
  std::optional<std::int64_t> bos_token_id;
  std::vector<std::int64_t> eos_token_ids;
  std::optional<std::int64_t> pad_token_id;
};

// Reads model_dir/config.json. Named differences that do not stop the compiler are appended to
// `warnings`. Errors: file_not_found, malformed_json, missing_config_key, bad_config_value,
// unsupported_config, quantized_checkpoint, unknown_architecture.
ir::Result<ModelConfig> read_model_config(const std::filesystem::path& model_dir,
                                          std::vector<ir::Diagnostic>& warnings);

// Reads model_dir/generation_config.json; without that file everything is absent.
ir::Result<GenerationConfig> read_generation_config(const std::filesystem::path& model_dir);

// Inverse frequencies of the rotary embedding, head_dim / 2 values in f64: position p turns pair i
// by the angle p * frequencies[i].
std::vector<double> frequencies(const ModelConfig& config);

}  // namespace frontends
