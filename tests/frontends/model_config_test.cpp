// SPDX-License-Identifier: Apache-2.0
// Configurations: the real ones of other people, defaults, and what may not pass in silence.
#include "frontends/model_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/diagnostics/case_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_data.h"

namespace frontends {
namespace {

using ir::DiagnosticKind;
using Warnings = std::vector<ir::Diagnostic>;

ir::Result<ModelConfig> read(std::string_view json, Warnings& warnings) {
  const tests::TemporaryFolder folder;
  folder.write("config.json", json);
  return read_model_config(folder.path(), warnings);
}

// A small right configuration with other keys on top: R"("head_dim": 16)".
std::string config(std::string_view keys, std::string_view architecture = "LlamaForCausalLM") {
  nlohmann::json right = {
      {"hidden_size", 64},        {"intermediate_size", 172},        {"num_hidden_layers", 5},
      {"num_attention_heads", 8}, {"architectures", {architecture}}, {"vocab_size", 512}};
  right.update(nlohmann::json::parse("{" + std::string(keys) + "}"));
  return right.dump(2);
}

ModelConfig right(std::string_view more, std::string_view architecture = "LlamaForCausalLM") {
  Warnings warnings;
  auto result = read(config(more, architecture), warnings);
  EXPECT_TRUE(result) << to_string(result.error());
  EXPECT_TRUE(warnings.empty()) << to_string(warnings.front());
  return result ? *std::move(result) : ModelConfig();
}

DiagnosticKind wrong(std::string_view more) {
  Warnings warnings;
  const auto result = read(config(more), warnings);
  EXPECT_FALSE(result) << more;
  return result ? DiagnosticKind::bad_usage : result.error().kind;
}

TEST(ModelConfig, FillsInTheDefaultsOfTransformers) {
  const ModelConfig llama = right("");
  EXPECT_EQ(llama.architecture, "LlamaForCausalLM");
  EXPECT_EQ(llama.model_type, "llama");
  EXPECT_EQ(llama.num_key_value_heads, 8);
  EXPECT_EQ(llama.head_dim, 8);
  EXPECT_EQ(llama.max_position_embeddings, 2048);
  EXPECT_EQ(llama.rms_norm_eps, 1e-6);
  EXPECT_EQ(llama.rope, RopeConfig());
  EXPECT_EQ(llama.hidden_act, "silu");
  EXPECT_FALSE(llama.tie_word_embeddings || llama.qkv_bias || llama.mlp_bias);
  EXPECT_TRUE(llama.eos_token_ids.empty());
  EXPECT_FALSE(llama.bos_token_id || llama.pad_token_id);
}

TEST(ModelConfig, MistralHasDefaultsOfItsOwn) {
  const ModelConfig mistral = right(R"("sliding_window": null)", "MistralForCausalLM");
  EXPECT_EQ(mistral.num_key_value_heads, 8);
  EXPECT_EQ(mistral.max_position_embeddings, 131072);
  // null is not absent: as many as there are heads.
  const ModelConfig all =
      right(R"("num_key_value_heads": null, "num_attention_heads": 16, "sliding_window": null)",
            "MistralForCausalLM");
  EXPECT_EQ(all.num_key_value_heads, 16);
}

TEST(ModelConfig, Qwen2HasBiasesWhateverTheFileSays) {
  const ModelConfig qwen =
      right(R"("num_attention_heads": 32, "use_sliding_window": false, "sliding_window": 4096)",
            "Qwen2ForCausalLM");
  EXPECT_EQ(qwen.num_key_value_heads, 32);
  EXPECT_EQ(qwen.max_position_embeddings, 32768);
  EXPECT_TRUE(qwen.qkv_bias && !qwen.output_bias && !qwen.mlp_bias);
  const ModelConfig stated =
      right(R"("num_key_value_heads": 2, "attention_bias": true)", "Qwen2ForCausalLM");
  EXPECT_TRUE(stated.qkv_bias && !stated.output_bias);
}

TEST(ModelConfig, CutsTheContextToTheSlidingWindow) {
  Warnings warnings;
  const auto silent = read(config("", "MistralForCausalLM"), warnings);  // 4096 by default
  ASSERT_TRUE(silent) << to_string(silent.error());
  EXPECT_EQ(silent->max_position_embeddings, 4096);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].kind, DiagnosticKind::context_capped);
  EXPECT_EQ(warnings[0].severity, ir::Severity::warning);

  const ModelConfig wide =
      right(R"("sliding_window": 4096, "max_position_embeddings": 4096)", "MistralForCausalLM");
  EXPECT_EQ(wide.max_position_embeddings, 4096);

  warnings.clear();
  const auto llama = read(config(R"("sliding_window": 16)"), warnings);
  ASSERT_TRUE(llama) << to_string(llama.error());
  EXPECT_EQ(llama->max_position_embeddings, 2048);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].kind, DiagnosticKind::ignored_config_value);
}

TEST(ModelConfig, ReadsEveryKey) {
  const ModelConfig c = right(R"("model_type": "llama", "num_key_value_heads": 4, "head_dim": 16,
    "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 500000,
    "tie_word_embeddings": true, "attention_bias": true, "mlp_bias": true, "hidden_act": "swish",
    "bos_token_id": 1, "eos_token_id": [2, 7, -1], "pad_token_id": -1, "dtype": "bfloat16",
    "partial_rotary_factor": 1.0, "layer_types": ["full_attention"], "pruned_heads": {})");
  EXPECT_EQ(c.num_key_value_heads, 4);
  EXPECT_EQ(c.head_dim, 16);
  EXPECT_EQ(c.max_position_embeddings, 512);
  EXPECT_EQ(c.rms_norm_eps, 1e-5);
  EXPECT_EQ(c.rope.theta, 500000.0);
  EXPECT_TRUE(c.tie_word_embeddings && c.qkv_bias && c.output_bias && c.mlp_bias);
  EXPECT_EQ(c.hidden_act, "silu");
  EXPECT_EQ(c.bos_token_id, 1);
  EXPECT_EQ(c.eos_token_ids, (std::vector<std::int64_t>{2, 7}));
  EXPECT_FALSE(c.pad_token_id.has_value());
  EXPECT_EQ(c.dtype, "bfloat16");
}

TEST(ModelConfig, RefusesWhatWouldChangeTheResult) {
  using enum DiagnosticKind;
  EXPECT_EQ(wrong(R"("hidden_act": "gelu")"), unsupported_config);
  EXPECT_EQ(wrong(R"("attention_multiplier": 0.015625)"), unsupported_config);
  EXPECT_EQ(wrong(R"("embedding_multiplier": 12.0)"), unsupported_config);
  EXPECT_EQ(wrong(R"("rope_interleaved": true)"), unsupported_config);
  EXPECT_EQ(wrong(R"("use_sliding_window": true)"), unsupported_config);
  EXPECT_EQ(wrong(R"("num_local_experts": 8)"), unsupported_config);
  EXPECT_EQ(wrong(R"("layer_types": ["sliding_attention"])"), unsupported_config);
  EXPECT_EQ(wrong(R"("rope_scaling": {"type": "dynamic", "factor": 2.0})"), unsupported_config);
  EXPECT_EQ(wrong(R"("rope_parameters": {"rope_type": "longrope"})"), unsupported_config);
  EXPECT_EQ(wrong(R"("rope_parameters": {"partial_rotary_factor": 0.5})"), unsupported_config);
  EXPECT_EQ(wrong(R"("quantization_config": {"quant_method": "fp8"})"), quantized_checkpoint);
  EXPECT_EQ(wrong(R"("quantization": {"group_size": 64, "bits": 4})"), quantized_checkpoint);
}

TEST(ModelConfig, BoundsEveryNumber) {
  using enum DiagnosticKind;
  for (const char* more :
       {R"("hidden_size": 0)", R"("hidden_size": -64)", R"("hidden_size": 1e18)",
        R"("vocab_size": 1.5)", R"("num_attention_heads": 3)", R"("num_key_value_heads": 3)",
        R"("head_dim": 5)", R"("rms_norm_eps": 0)", R"("rope_theta": 0)", R"("bos_token_id": -2)",
        R"("eos_token_id": "</s>")", R"("max_position_embeddings": 0)",
        R"("rope_scaling": {"type": "linear", "factor": 0.5})",
        R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4,
            "high_freq_factor": 4, "original_max_position_embeddings": 8192})"}) {
    Warnings warnings;
    const auto result = read(config(more), warnings);
    ASSERT_FALSE(result) << more;
    EXPECT_EQ(result.error().kind, bad_config_value) << to_string(result.error());
  }
}

TEST(Rope, StretchesAsTransformersDoes) {
  ModelConfig c{.head_dim = 128};
  c.rope.theta = 500000.0;
  EXPECT_EQ(frequencies(c).size(), 64U);
  EXPECT_EQ(frequencies(c)[0], 1.0);
  EXPECT_DOUBLE_EQ(frequencies(c)[63], 1.0 / std::pow(500000.0, 126.0 / 128.0));

  c.rope.scaling = RopeScaling::linear;
  c.rope.factor = 4.0;
  EXPECT_EQ(frequencies(c)[0], 0.25);

  // Llama 3.1: torch's formulas (_compute_llama3_parameters) evaluated in f64.
  c.rope = {500000.0, RopeScaling::llama3, 8.0, 1.0, 4.0, 8192};
  const std::vector<double> llama31 = frequencies(c);
  EXPECT_DOUBLE_EQ(llama31[28], 0.0032114459947525913);  // short waves: as they were
  EXPECT_DOUBLE_EQ(llama31[29], 0.002166570763503359);   // in between
  EXPECT_DOUBLE_EQ(llama31[31], 0.0008567514129196321);
  EXPECT_DOUBLE_EQ(llama31[35], 9.556212353964683e-05);  // long waves: an eighth
  EXPECT_DOUBLE_EQ(llama31[63], 3.068925988914511e-07);

  // Llama 3.2 1B.
  c.head_dim = 64;
  c.rope.factor = 32.0;
  const std::vector<double> llama32 = frequencies(c);
  EXPECT_DOUBLE_EQ(llama32[15], 0.001290547928209264);
  EXPECT_DOUBLE_EQ(llama32[17], 9.70828780262767e-05);
}

TEST(Rope, ReadsBothStyles) {
  const RopeConfig wanted = {500000.0, RopeScaling::llama3, 8.0, 1.0, 4.0, 8192};
  const std::string numbers =
      R"("factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 8192, )";
  EXPECT_EQ(
      right(R"("rope_theta": 500000.0, "rope_scaling": {)" + numbers + R"("rope_type": "llama3"})")
          .rope,
      wanted);
  EXPECT_EQ(
      right(R"("rope_theta": 500000.0, "rope_scaling": {)" + numbers + R"("type": "llama3"})").rope,
      wanted);
  EXPECT_EQ(right(R"("rope_parameters": {"rope_theta": 500000.0, )" + numbers +
                  R"("rope_type": "llama3"})")
                .rope,
            wanted);
  EXPECT_EQ(right(R"("rope_parameters": {"rope_theta": 500.0, "rope_type": "default"})").rope,
            (RopeConfig{.theta = 500.0}));
}

TEST(GenerationConfig, IsEmptyWithoutItsFile) {
  const tests::TemporaryFolder folder;
  const auto none = read_generation_config(folder.path());
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->temperature || none->top_p || none->top_k || none->do_sample);
  EXPECT_TRUE(none->eos_token_ids.empty());
}

TEST(GenerationConfig, ReadsWhatSamplingNeeds) {
  const tests::TemporaryFolder folder;
  folder.write("generation_config.json", R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9,
    "top_k": 0, "min_p": 0.05, "repetition_penalty": 1.1, "max_new_tokens": 256,
    "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "unheard_of": []})");
  const auto c = read_generation_config(folder.path());
  ASSERT_TRUE(c) << to_string(c.error());
  EXPECT_EQ(c->do_sample, true);
  EXPECT_EQ(c->temperature, 0.6);
  EXPECT_EQ(c->top_p, 0.9);
  EXPECT_EQ(c->min_p, 0.05);
  EXPECT_FALSE(c->top_k.has_value());  // 0: all tokens
  EXPECT_EQ(c->repetition_penalty, 1.1);
  EXPECT_EQ(c->max_new_tokens, 256);
  EXPECT_EQ(c->bos_token_id, 128000);
  EXPECT_EQ(c->eos_token_ids, (std::vector<std::int64_t>{128001, 128008, 128009}));
}

bool is_supported(const nlohmann::json& config) {
  const nlohmann::json list = config.value("architectures", nlohmann::json::array());
  if (list.empty()) return config.value("model_type", "") == "llama";
  const std::string name = list.front();
  return name == "LlamaForCausalLM" || name == "LLaMAForCausalLM" || name == "MistralForCausalLM" ||
         name == "Qwen2ForCausalLM";
}

// Every configuration of the test data is accepted without a word (but for keys that another tool
// has added), or refused for the right reason.
TEST(RealConfigs, AreAcceptedOrRefusedForTheRightReason) {
  const auto folder = tests::require_test_data("configs");
  if (!folder) return;
  int accepted = 0;
  int refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = entry.path().lexically_relative(*folder).string();
    const std::string text = tests::read_whole(entry.path());
    Warnings warnings;
    const auto result = read(text, warnings);
    if (name == "llama-3.2-1b-ft/config.json") {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().kind, DiagnosticKind::quantized_checkpoint);
    } else if (is_supported(nlohmann::json::parse(text))) {
      ASSERT_TRUE(result) << name << "\n" << to_string(result.error());
      const bool windowed = name == "mlc-presets/mistral_7b/config.json";
      if (name.starts_with("executorch-mediatek"))
        std::erase_if(warnings, [](const ir::Diagnostic& warning) {
          return warning.kind == DiagnosticKind::unknown_config_key;
        });
      EXPECT_EQ(warnings.size(), windowed ? 1U : 0U) << name;
      ++accepted;
    } else {
      ASSERT_FALSE(result) << name;
      EXPECT_TRUE(result.error().kind == DiagnosticKind::unknown_architecture ||
                  result.error().kind == DiagnosticKind::missing_config_key)
          << name << "\n"
          << to_string(result.error());
      ++refused;
    }
  }
  EXPECT_EQ(accepted, 34);
  EXPECT_EQ(refused, 140);
}

TEST(RealConfigs, GiveTheNumbersOfLlama31) {
  const auto folder = tests::require_test_data("configs/llama-3.1-8b");
  if (!folder) return;
  Warnings warnings;
  const auto c = read_model_config(*folder, warnings);
  ASSERT_TRUE(c) << to_string(c.error());
  EXPECT_EQ(c->hidden_size, 4096);
  EXPECT_EQ(c->intermediate_size, 14336);
  EXPECT_EQ(c->num_hidden_layers, 32);
  EXPECT_EQ(c->num_attention_heads, 32);
  EXPECT_EQ(c->num_key_value_heads, 8);
  EXPECT_EQ(c->head_dim, 128);
  EXPECT_EQ(c->vocab_size, 128256);
  EXPECT_EQ(c->max_position_embeddings, 131072);
  EXPECT_EQ(c->rope, (RopeConfig{500000.0, RopeScaling::llama3, 8.0, 1.0, 4.0, 8192}));
  EXPECT_EQ(c->dtype, "bfloat16");
}

}  // namespace
}  // namespace frontends
