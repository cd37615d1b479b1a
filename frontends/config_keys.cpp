// SPDX-License-Identifier: Apache-2.0
#include "frontends/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

#include "ir/support/match.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using nlohmann::json;
using std::string_view_literals::operator""sv;

// Read by model_config.cpp and rope.cpp.
constexpr std::array kRead = {
    "architectures"sv,
    "attention_bias"sv,
    "bos_token_id"sv,
    "dtype"sv,
    "eos_token_id"sv,
    "head_dim"sv,
    "hidden_act"sv,
    "hidden_size"sv,
    "intermediate_size"sv,
    "layer_types"sv,
    "max_position_embeddings"sv,
    "max_sequence_length"sv,
    "mlp_bias"sv,
    "model_type"sv,
    "num_attention_heads"sv,
    "num_hidden_layers"sv,
    "num_key_value_heads"sv,
    "pad_token_id"sv,
    "rms_norm_eps"sv,
    "rope_parameters"sv,
    "rope_scaling"sv,
    "rope_theta"sv,
    "sliding_window"sv,
    "tie_word_embeddings"sv,
    "torch_dtype"sv,
    "vocab_size"sv,
};

// Training, bookkeeping, the generation defaults of old configurations, notes of other tools: none
// of them changes what the model computes for a given text. pretraining_tp > 1 splits sums into
// parts, which is the same up to rounding.
constexpr std::array kHarmless = {
    "_attn_implementation"sv,
    "_attn_implementation_autoset"sv,
    "_commit_hash"sv,
    "_flash_attn_2_enabled"sv,
    "_name_or_path"sv,
    "attention_dropout"sv,
    "attention_sink_size"sv,
    "attn_implementation"sv,
    "bad_words_ids"sv,
    "begin_suppress_tokens"sv,
    "chunk_size_feed_forward"sv,
    "context_window_size"sv,
    "decoder_start_token_id"sv,
    "diversity_penalty"sv,
    "do_sample"sv,
    "early_stopping"sv,
    "encoder_no_repeat_ngram_size"sv,
    "exponential_decay_length_penalty"sv,
    "finetuning_task"sv,
    "forced_bos_token_id"sv,
    "forced_eos_token_id"sv,
    "gradient_checkpointing"sv,
    "id2label"sv,
    "initializer_range"sv,
    "is_decoder"sv,
    "is_llama_config"sv,
    "label2id"sv,
    "length_penalty"sv,
    "max_length"sv,
    "max_window_layers"sv,
    "min_length"sv,
    "model_max_length"sv,
    "no_repeat_ngram_size"sv,
    "num_beam_groups"sv,
    "num_beams"sv,
    "num_return_sequences"sv,
    "output_attentions"sv,
    "output_hidden_states"sv,
    "output_scores"sv,
    "prefill_chunk_size"sv,
    "prefix"sv,
    "pretraining_tp"sv,
    "problem_type"sv,
    "remove_invalid_values"sv,
    "repetition_penalty"sv,
    "return_dict"sv,
    "return_dict_in_generate"sv,
    "sep_token_id"sv,
    "sliding_window_size"sv,
    "suppress_tokens"sv,
    "task_specific_params"sv,
    "temperature"sv,
    "tf_legacy_loss"sv,
    "tie_encoder_decoder"sv,
    "tokenizer"sv,
    "tokenizer_class"sv,
    "top_k"sv,
    "top_p"sv,
    "torchscript"sv,
    "transformers.js_config"sv,
    "transformers_version"sv,
    "typical_p"sv,
    "unsloth_fixed"sv,
    "unsloth_version"sv,
    "use_bfloat16"sv,
    "use_cache"sv,
};

// Keys of near relatives that change the arithmetic, with the value that does not; monostate: none.
using Value = std::variant<std::monostate, bool, double>;
struct Neutral {
  std::string_view key;
  Value value;
};
constexpr std::array kNeutral = {
    Neutral{"add_cross_attention", false},
    Neutral{"alibi", false},
    Neutral{"attention_multiplier", {}},
    Neutral{"attn_logit_softcapping", {}},
    Neutral{"clip_qkv", {}},
    Neutral{"cross_attention_hidden_size", {}},
    Neutral{"dim_model_base", {}},
    Neutral{"draft_vocab_size", {}},
    Neutral{"embedding_multiplier", 1.0},
    Neutral{"final_logit_softcapping", {}},
    Neutral{"is_encoder_decoder", false},
    Neutral{"logits_scaling", 1.0},
    Neutral{"no_rope_layers", {}},
    Neutral{"num_experts", 0.0},
    Neutral{"num_local_experts", 0.0},
    Neutral{"parallel_attn", false},
    Neutral{"partial_rotary_factor", 1.0},
    Neutral{"pruned_heads", {}},
    Neutral{"qk_layernorm", false},
    Neutral{"query_pre_attn_scalar", {}},
    Neutral{"residual_multiplier", 1.0},
    Neutral{"rope_interleaved", false},
    Neutral{"scale_depth", {}},
    Neutral{"scale_emb", 1.0},
    Neutral{"use_mrope", false},
    Neutral{"use_parallel_residual", false},
    Neutral{"use_qk_norm", false},
    Neutral{"use_sliding_window", false},
};

// An empty list or object is as good as null.
bool is_neutral(const json& value, const Value& neutral) {
  return ir::match(
      neutral, [&](std::monostate) { return value.is_structured() && value.empty(); },
      [&](bool wanted) { return value.is_boolean() && value.get<bool>() == wanted; },
      [&](double wanted) { return value.is_number() && value.get<double>() == wanted; });
}

std::string implemented(const Value& neutral) {
  return ir::match(
      neutral, [](std::monostate) { return std::string("this is not implemented"); },
      [](bool wanted) { return fmt::format("only {} is implemented", wanted); },
      [](double wanted) { return fmt::format("only {} is implemented", wanted); });
}

ir::Result<void> check_neutral(const JsonObject& config) {
  for (const Neutral& neutral : kNeutral) {
    const json* value = config.find(neutral.key);
    if (value == nullptr || is_neutral(*value, neutral.value)) continue;
    return Diagnostic{.kind = DiagnosticKind::unsupported_config,
                      .message = fmt::format("{} is {}, but {}", neutral.key,
                                             config.shown(neutral.key), implemented(neutral.value)),
                      .where = config.where(neutral.key),
                      .help =
                          "the model needs arithmetic that this architecture does not have; "
                          "remove the key only if the model's own code ignores it"};
  }
  return {};
}

// Weights that another tool has quantized: AWQ, GPTQ, fp8, bitsandbytes, MLX ...
ir::Result<void> check_quantization(const JsonObject& config) {
  for (const std::string_view key : {"quantization_config", "compression_config", "quantization"}) {
    if (!config.has(key)) continue;
    TRY(const auto settings, config.object(key));
    TRY(const auto method, settings->string("quant_method"));
    return Diagnostic{
        .kind = DiagnosticKind::quantized_checkpoint,
        .message = fmt::format("the weights are already quantized{}, which is not read",
                               method ? fmt::format(" by {}", *method) : ""),
        .where = config.where(key),
        .help = "use the model's original checkpoint in F32, F16 or BF16: it is quantized here"};
  }
  return {};
}

bool is_known(std::string_view key) {
  const auto among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  return among(kRead) || among(kHarmless) ||
         std::any_of(kNeutral.begin(), kNeutral.end(),
                     [&](const Neutral& neutral) { return neutral.key == key; });
}

}  // namespace

ir::Result<void> check_config_keys(const JsonObject& config, std::vector<Diagnostic>& warnings) {
  TRY_DO(check_quantization(config));
  TRY_DO(check_neutral(config));
  for (const std::string& key : config.keys()) {
    if (!config.has(key) || is_known(key)) continue;
    const bool custom_code = key == "auto_map";
    warnings.push_back(
        {.kind = custom_code ? DiagnosticKind::ignored_config_value
                             : DiagnosticKind::unknown_config_key,
         .message = custom_code ? "the model names Python code of its own, which is not run"
                                : fmt::format("the key {} is not known and was ignored", key),
         .where = config.where(key),
         .help = "compare the result with the original model if this could change it",
         .severity = ir::Severity::warning});
  }
  return {};
}

}  // namespace frontends
