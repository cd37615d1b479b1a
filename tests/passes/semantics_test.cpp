// SPDX-License-Identifier: Apache-2.0
// Passes change how a model is computed, never what: random small models give the same logits
// before and after each pass, alone and in the order of the pass table. More models than usual:
//
//   WEBLLM_SEEDS=1000 build/release/tests/tests_passes --gtest_filter='Random/*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <span>

#include "compiler/kernel_session.h"
#include "compiler/pass_table.h"
#include "frontends/architectures/architectures.h"
#include "ir/graph/language_model.h"
#include "tests/codegen/synthetic_source.h"

namespace tests::passes {
namespace {

using compiler::kPasses;
using compiler::PassOptions;
using ir::graph::Graph;
using ir::graph::ReferenceModel;
using ir::graph::WeightValues;

const std::vector<std::uint32_t> kIds = {1, 0, 4, 2, 2, 3};

// Sums of the same terms in another order, in f64.
constexpr double kReordered = 1e-9;

// A Llama with random sizes and random weights.
class RandomModel {
 public:
  explicit RandomModel(std::uint32_t seed) : random_(seed) {
    frontends::ModelConfig& c = folder_.config;
    c.architecture = "LlamaForCausalLM";
    c.num_key_value_heads = one_of({1, 2, 3});
    c.num_attention_heads = c.num_key_value_heads * one_of({1, 2, 4});
    c.head_dim = one_of({2, 4, 6, 8});
    c.hidden_size = one_of({5, 8, 31, 32, 40, 130});
    c.intermediate_size = one_of({3, 16, 33, 70, 300});
    c.num_hidden_layers = one_of({1, 2});
    c.vocab_size = one_of({5, 16, 65, 130});
    c.max_position_embeddings = 128;
    c.rms_norm_eps = 1e-5;
    c.tie_word_embeddings = one_of({0, 1}) != 0;
    c.qkv_bias = one_of({0, 1}) != 0;
    c.output_bias = one_of({0, 1}) != 0;
    c.mlp_bias = one_of({0, 1}) != 0;
    c.hidden_act = "silu";
    add_tensors();
    options_.quantization = &compiler::kQuantizations[seed % compiler::kQuantizations.size()];
    options_.lower.capacities = {.max_rows = 8, .context = 128};
  }

  Graph graph() const {
    auto graph = frontends::build_graph(folder_);
    EXPECT_TRUE(graph) << to_string(graph.error());
    return *std::move(graph);
  }
  const ir::TensorSource& source() const { return *folder_.weights; }
  const PassOptions& options() const { return options_; }
  std::uint32_t vocabulary() const { return static_cast<std::uint32_t>(folder_.config.vocab_size); }

 private:
  std::int64_t one_of(std::vector<std::int64_t> choices) {
    return choices[random_() % choices.size()];
  }
  void add_tensors() {
    const frontends::ModelConfig& c = folder_.config;
    auto source = std::make_unique<tests::SyntheticSource>();
    const auto linear = [&](const std::string& name, std::int64_t n, std::int64_t k, bool bias) {
      source->add(name + ".weight", {n, k});
      if (bias) source->add(name + ".bias", {n});
    };
    const std::int64_t q = c.num_attention_heads * c.head_dim;
    const std::int64_t kv = c.num_key_value_heads * c.head_dim;
    source->add("model.embed_tokens.weight", {c.vocab_size, c.hidden_size});
    source->add("model.norm.weight", {c.hidden_size});
    if (!c.tie_word_embeddings) linear("lm_head", c.vocab_size, c.hidden_size, false);
    for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) {
      const std::string layer = fmt::format("model.layers.{}.", i);
      source->add(layer + "input_layernorm.weight", {c.hidden_size});
      source->add(layer + "post_attention_layernorm.weight", {c.hidden_size});
      linear(layer + "self_attn.q_proj", q, c.hidden_size, c.qkv_bias);
      linear(layer + "self_attn.k_proj", kv, c.hidden_size, c.qkv_bias);
      linear(layer + "self_attn.v_proj", kv, c.hidden_size, c.qkv_bias);
      linear(layer + "self_attn.o_proj", c.hidden_size, q, c.output_bias);
      linear(layer + "mlp.gate_proj", c.intermediate_size, c.hidden_size, c.mlp_bias);
      linear(layer + "mlp.up_proj", c.intermediate_size, c.hidden_size, c.mlp_bias);
      linear(layer + "mlp.down_proj", c.hidden_size, c.intermediate_size, c.mlp_bias);
    }
    folder_.weights = std::move(source);
  }

  std::mt19937 random_;
  frontends::ModelFolder folder_;
  PassOptions options_;
};

template <class T>
std::vector<T> logits_of(const Graph& graph, const RandomModel& model) {
  WeightValues weights(graph, model.source());
  const auto logits = ReferenceModel<T>(graph, weights).feed_all(kIds);
  EXPECT_TRUE(logits) << to_string(logits.error());
  return logits->data;
}

void apply(const compiler::Pass& pass, Graph& graph, const PassOptions& options) {
  const auto& run = std::get<compiler::GraphPass>(pass.run);
  run.run(graph, options);
  const auto laws = verify(graph, run.after);
  EXPECT_TRUE(laws) << "after " << pass.name << ": " << to_string(laws.error());
}

void expect_near(const std::vector<double>& logits, const std::vector<double>& expected,
                 std::string_view after) {
  ASSERT_EQ(logits.size(), expected.size());
  for (std::size_t i = 0; i < logits.size(); ++i)
    ASSERT_NEAR(logits[i], expected[i], kReordered * (1 + std::abs(expected[i])))
        << "after " << after << ", logit " << i;
}

class Semantics : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Semantics, GraphPassesKeepTheLogits) {
  const RandomModel model(GetParam());
  Graph quantized = model.graph();
  apply(kPasses[0], quantized, model.options());
  const std::vector<double> expected = logits_of<double>(quantized, model);
  Graph all = quantized;
  for (const compiler::Pass& pass : kPasses) {
    if (&pass == &kPasses[0] || !std::holds_alternative<compiler::GraphPass>(pass.run)) continue;
    Graph alone = quantized;
    apply(pass, alone, model.options());
    expect_near(logits_of<double>(alone, model), expected, pass.name);
    apply(pass, all, model.options());
    expect_near(logits_of<double>(all, model), expected, fmt::format("all up to {}", pass.name));
  }
}

// The logits after the ids, and the greedy id.
struct Outcome {
  std::vector<float> logits;
  std::uint32_t next = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds the ids, so many in a step.
Outcome run(const ir::kernel::Program& program, const Graph& graph, const RandomModel& model,
            std::size_t rows) {
  const auto session =
      compiler::KernelSession::open(program, compiler::encoded_weights(graph, model.source()),
                                    {.vocabulary = model.vocabulary()});
  EXPECT_TRUE(session) << to_string(session.error());
  for (std::size_t begin = 0; begin < kIds.size(); begin += rows) {
    const auto ids = std::span(kIds).subspan(begin, std::min(rows, kIds.size() - begin));
    const auto fed = (*session)->feed(ids);
    EXPECT_TRUE(fed) << to_string(fed.error());
  }
  const auto logits = (*session)->logits();
  EXPECT_TRUE(logits) << to_string(logits.error());
  const auto next = (*session)->next();
  EXPECT_TRUE(next) << to_string(next.error());
  return logits && next ? Outcome{*logits, *next} : Outcome();
}

// Kernel passes keep every bit; the kernels themselves are as close to the exact logits as the
// reference in f32 is, give or take a small factor.
TEST_P(Semantics, KernelPassesKeepEveryBit) {
  const RandomModel model(GetParam());
  Graph graph = model.graph();
  std::optional<ir::kernel::Program> program;
  std::optional<Outcome> lowered;
  for (const compiler::Pass& pass : kPasses) {
    if (std::holds_alternative<compiler::GraphPass>(pass.run)) {
      apply(pass, graph, model.options());
      continue;
    }
    if (const auto* lowering = std::get_if<compiler::Lowering>(&pass.run))
      program = lowering->run(graph, model.options());
    else
      std::get<compiler::KernelPass>(pass.run).run(*program, model.options());
    const Outcome outcome = run(*program, graph, model, kIds.size());
    if (!lowered) lowered = outcome;
    EXPECT_EQ(outcome, *lowered) << "after " << pass.name;
  }
  const std::vector<double> exact = logits_of<double>(graph, model);
  const std::vector<float> f32 = logits_of<float>(graph, model);
  double noise = 1e-6;
  for (std::size_t i = 0; i < exact.size(); ++i)
    noise = std::max(noise, std::abs(f32[i] - exact[i]));
  const std::size_t last = exact.size() - model.vocabulary();
  for (std::size_t i = 0; i < model.vocabulary(); ++i)
    ASSERT_NEAR(lowered->logits[i], exact[last + i], 16 * noise) << "logit " << i;
  EXPECT_EQ(lowered->next, ir::graph::argmax(lowered->logits));
}

// A row is computed in the same order whatever else is in its step: fed one by one, a few at a
// time or at once, its bits are equal.
TEST_P(Semantics, StepsOfAnySizeGiveTheSameBits) {
  const RandomModel model(GetParam());
  Graph graph = model.graph();
  std::optional<ir::kernel::Program> program;
  for (const compiler::Pass& pass : kPasses) {
    if (std::holds_alternative<compiler::GraphPass>(pass.run)) apply(pass, graph, model.options());
    if (const auto* lowering = std::get_if<compiler::Lowering>(&pass.run))
      program = lowering->run(graph, model.options());
  }
  const Outcome at_once = run(*program, graph, model, kIds.size());
  for (const std::size_t rows : {1, 4})
    EXPECT_EQ(run(*program, graph, model, rows), at_once) << rows << " at a time";
}

std::uint32_t seeds() {
  const char* wanted = std::getenv("WEBLLM_SEEDS");
  return wanted == nullptr ? 24 : static_cast<std::uint32_t>(std::atoi(wanted));
}

INSTANTIATE_TEST_SUITE_P(Random, Semantics, testing::Range(0U, seeds()));

}  // namespace
}  // namespace tests::passes
