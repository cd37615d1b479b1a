// SPDX-License-Identifier: Apache-2.0
#include "frontends/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <system_error>

#include "frontends/architectures/architectures.h"
#include "frontends/config_keys.h"
#include "frontends/json_file.h"
#include "frontends/rope.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;

constexpr IntegerRange kSize = {1, 1 << 24};
constexpr IntegerRange kLayers = {1, 10'000};
constexpr IntegerRange kHeads = {1, 1 << 16};
constexpr IntegerRange kPositions = {1, 1LL << 31};
constexpr IntegerRange kTokenId = {-1, (1LL << 31) - 1};  // -1: none, in old configurations
constexpr NumberRange kEpsilon = {1e-20, 1.0};

constexpr std::string_view kLlamaName = "LlamaForCausalLM";
constexpr std::string_view kOldLlamaName = "LLaMAForCausalLM";  // before transformers 4.28

Diagnostic unknown_architecture(std::string message, ir::Location where) {
  std::vector<std::string_view> names;
  for (const Architecture& known : architectures()) names.push_back(known.name);
  return {.kind = DiagnosticKind::unknown_architecture,
          .message = std::move(message),
          .where = std::move(where),
          .help = fmt::format("supported are {}", fmt::join(names, ", "))};
}

// The first of "architectures", or "" when the list is absent.
ir::Result<std::string> read_architecture(const JsonObject& root) {
  const nlohmann::json* list = root.find("architectures");
  if (list == nullptr) return std::string();
  if (!list->is_array() || list->empty() || !list->front().is_string())
    return root.wrong("architectures", "a list of names");
  std::string name = list->front().get<std::string>();
  return name == kOldLlamaName ? std::string(kLlamaName) : name;
}

ir::Result<const Architecture*> find_architecture(const JsonObject& root) {
  TRY(const std::string architecture, read_architecture(root));
  TRY(const auto type, root.string("model_type"));
  if (architecture.empty() && !type)
    return Diagnostic{.kind = DiagnosticKind::missing_config_key,
                      .message = "the file states neither architectures nor model_type",
                      .where = root.file(),
                      .help =
                          "this is not the config.json of a Hugging Face model; use the "
                          "model's Hugging Face version"};
  const std::span<const Architecture> known = architectures();
  const auto found = std::find_if(known.begin(), known.end(), [&](const Architecture& row) {
    return architecture.empty() ? row.defaults.model_type == *type : row.name == architecture;
  });
  if (found == known.end())
    return architecture.empty()
               ? unknown_architecture(fmt::format("the model type \"{}\" is not supported", *type),
                                      root.where("model_type"))
               : unknown_architecture(
                     fmt::format("the architecture \"{}\" is not supported", architecture),
                     root.where("architectures"));
  if (type && *type != found->defaults.model_type)
    return unknown_architecture(
        fmt::format("the model type \"{}\" does not go with {}", *type, found->name),
        root.where("model_type"));
  return &*found;
}

ir::Result<void> read_heads(const JsonObject& root, const ConfigDefaults& defaults,
                            ModelConfig& config) {
  TRY(config.num_attention_heads, root.required_integer("num_attention_heads", kHeads));
  TRY(const auto kv_heads, root.integer("num_key_value_heads", kHeads));
  const bool by_default = !root.contains("num_key_value_heads") && defaults.num_key_value_heads;
  config.num_key_value_heads =
      kv_heads.value_or(by_default ? *defaults.num_key_value_heads : config.num_attention_heads);
  if (config.num_attention_heads % config.num_key_value_heads != 0)
    return root.wrong("num_key_value_heads", fmt::format("a divisor of num_attention_heads ({})",
                                                         config.num_attention_heads));
  TRY(const auto head_dim, root.integer("head_dim", {2, 1 << 16}));
  if (!head_dim && config.hidden_size % config.num_attention_heads != 0)
    return root.wrong(
        "hidden_size",
        fmt::format("a multiple of num_attention_heads ({}) when there is no head_dim",
                    config.num_attention_heads));
  config.head_dim = head_dim.value_or(config.hidden_size / config.num_attention_heads);
  if (config.head_dim % 2 != 0)
    return Diagnostic{
        .kind = DiagnosticKind::bad_config_value,
        .message = fmt::format("head_dim is {}, but rotary embeddings turn pairs", config.head_dim),
        .where = root.where(head_dim ? "head_dim" : "num_attention_heads"),
        .help = "correct head_dim, or hidden_size and num_attention_heads"};
  return {};
}

ir::Result<void> read_activation(const JsonObject& root, ModelConfig& config) {
  TRY(const auto activation, root.string("hidden_act"));
  config.hidden_act = "silu";
  if (!activation || *activation == "silu" || *activation == "swish") return {};
  return Diagnostic{
      .kind = DiagnosticKind::unsupported_config,
      .message = fmt::format("hidden_act is \"{}\", but only silu is implemented", *activation),
      .where = root.where("hidden_act"),
      .help = "this is not a Llama-like model; it needs an architecture of its own"};
}

// Position p sees the positions above p - window. The first `window` tokens see everything, so that
// a context of at most that length needs no window at all.
ir::Result<void> read_context(const JsonObject& root, const ConfigDefaults& defaults,
                              ModelConfig& config, std::vector<Diagnostic>& warnings) {
  const std::string_view key =
      root.has("max_position_embeddings") ? "max_position_embeddings" : "max_sequence_length";
  TRY(const auto positions, root.integer(key, kPositions));
  config.max_position_embeddings = positions.value_or(defaults.max_position_embeddings);
  TRY(auto window, root.integer("sliding_window", kPositions));
  if (!root.contains("sliding_window")) window = defaults.sliding_window;
  if (!window) return {};
  if (!defaults.has_sliding_window) {
    if (root.has("use_sliding_window")) return {};  // false, else it was refused
    warnings.push_back({.kind = DiagnosticKind::ignored_config_value,
                        .message = fmt::format("sliding_window is {}, but {} attends to everything",
                                               *window, config.architecture),
                        .where = root.where("sliding_window"),
                        .severity = ir::Severity::warning});
    return {};
  }
  if (*window >= config.max_position_embeddings) return {};
  warnings.push_back(
      {.kind = DiagnosticKind::context_capped,
       .message =
           fmt::format("the context is capped at the sliding window of {} tokens{}, instead "
                       "of {}",
                       *window, root.has("sliding_window") ? "" : " that is this model's default",
                       config.max_position_embeddings),
       .where = root.where("sliding_window"),
       .help = "up to there the window changes nothing; set sliding_window to null if the model "
               "has none",
       .severity = ir::Severity::warning});
  config.max_position_embeddings = *window;
  return {};
}

ir::Result<void> check_layer_types(const JsonObject& root) {
  const nlohmann::json* types = root.find("layer_types");
  if (types == nullptr) return {};
  if (!types->is_array()) return root.wrong("layer_types", "a list of names");
  for (const nlohmann::json& type : *types)
    if (type != "full_attention")
      return Diagnostic{
          .kind = DiagnosticKind::unsupported_config,
          .message = fmt::format("layer_types holds {}, but only full_attention is "
                                 "implemented",
                                 type.dump(-1, ' ', true)),
          .where = root.where("layer_types"),
          .help = "this is not a Llama-like model; it needs an architecture of its own"};
  return {};
}

std::optional<std::int64_t> id_or_none(std::optional<std::int64_t> id) {
  return id && *id >= 0 ? id : std::nullopt;
}

ir::Result<void> read_tokens(const JsonObject& root, ModelConfig& config) {
  TRY(const auto bos, root.integer("bos_token_id", kTokenId));
  TRY(const auto pad, root.integer("pad_token_id", kTokenId));
  TRY(config.eos_token_ids, root.integers("eos_token_id", kTokenId));
  std::erase(config.eos_token_ids, -1);
  config.bos_token_id = id_or_none(bos);
  config.pad_token_id = id_or_none(pad);
  return {};
}

ir::Result<void> read_sizes(const JsonObject& root, ModelConfig& config) {
  TRY(config.hidden_size, root.required_integer("hidden_size", kSize));
  TRY(config.intermediate_size, root.required_integer("intermediate_size", kSize));
  TRY(config.num_hidden_layers, root.required_integer("num_hidden_layers", kLayers));
  TRY(config.vocab_size, root.required_integer("vocab_size", kSize));
  TRY(const auto epsilon, root.number("rms_norm_eps", kEpsilon));
  config.rms_norm_eps = epsilon.value_or(1e-6);
  return {};
}

ir::Result<void> read_flags(const JsonObject& root, const ConfigDefaults& defaults,
                            ModelConfig& config) {
  TRY(const auto tied, root.boolean("tie_word_embeddings"));
  TRY(const auto attention_bias, root.boolean("attention_bias"));
  TRY(const auto mlp_bias, root.boolean("mlp_bias"));
  TRY(const auto dtype, root.string(root.has("dtype") ? "dtype" : "torch_dtype"));
  config.tie_word_embeddings = tied.value_or(false);
  config.qkv_bias = defaults.has_qkv_bias || attention_bias.value_or(false);
  config.output_bias = !defaults.has_qkv_bias && attention_bias.value_or(false);
  config.mlp_bias = mlp_bias.value_or(false);
  config.dtype = dtype.value_or("");
  return {};
}

}  // namespace

ir::Result<ModelConfig> read_model_config(const std::filesystem::path& model_dir,
                                          std::vector<Diagnostic>& warnings) {
  TRY(const JsonFile file, JsonFile::read(model_dir / "config.json"));
  const JsonObject root = file.root();
  TRY(const Architecture* architecture, find_architecture(root));
  TRY_DO(check_config_keys(root, warnings));
  ModelConfig config{.architecture = std::string(architecture->name),
                     .model_type = std::string(architecture->defaults.model_type)};
  TRY_DO(read_sizes(root, config));
  TRY_DO(read_heads(root, architecture->defaults, config));
  TRY_DO(read_activation(root, config));
  TRY_DO(check_layer_types(root));
  TRY_DO(read_context(root, architecture->defaults, config, warnings));
  TRY(config.rope, read_rope(root, warnings));
  TRY_DO(read_flags(root, architecture->defaults, config));
  TRY_DO(read_tokens(root, config));
  return config;
}

ir::Result<GenerationConfig> read_generation_config(const std::filesystem::path& model_dir) {
  GenerationConfig config;
  const std::filesystem::path path = model_dir / "generation_config.json";
  if (std::error_code ignored; !std::filesystem::exists(path, ignored)) return config;
  TRY(const JsonFile file, JsonFile::read(path));
  const JsonObject root = file.root();
  TRY(config.do_sample, root.boolean("do_sample"));
  TRY(config.temperature, root.number("temperature", {0, 1e4}));
  TRY(config.top_p, root.number("top_p", {0, 1}));
  TRY(config.min_p, root.number("min_p", {0, 1}));
  TRY(config.top_k, root.integer("top_k", {-1, 1LL << 31}));
  if (config.top_k && *config.top_k <= 0) config.top_k.reset();  // 0 and -1 mean: all tokens
  TRY(config.repetition_penalty, root.number("repetition_penalty", {1e-6, 1e4}));
  TRY(config.max_new_tokens, root.integer("max_new_tokens", kPositions));
  TRY(const auto bos, root.integer("bos_token_id", kTokenId));
  TRY(const auto pad, root.integer("pad_token_id", kTokenId));
  TRY(config.eos_token_ids, root.integers("eos_token_id", kTokenId));
  std::erase(config.eos_token_ids, -1);
  config.bos_token_id = id_or_none(bos);
  config.pad_token_id = id_or_none(pad);
  return config;
}

}  // namespace frontends
