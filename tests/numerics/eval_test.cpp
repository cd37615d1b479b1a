// SPDX-License-Identifier: Apache-2.0
// The graph interpreter against what Hugging Face's models give (golden-greedy.json beside each
// model): greedy ids exactly, the logits after the prompt closely.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "frontends/architectures/architectures.h"
#include "ir/graph/language_model.h"
#include "tests/support/test_data.h"

namespace {

using namespace ir::graph;  // NOLINT
using Ids = std::vector<std::uint32_t>;

nlohmann::json read_golden(const std::filesystem::path& folder) {
  std::ifstream file(folder / "golden-greedy.json");
  return nlohmann::json::parse(file, nullptr, false);
}

class Eval : public testing::TestWithParam<const char*> {};

TEST_P(Eval, GivesTheGoldenIds) {
  const auto path = tests::require_test_data(std::string("models/") + GetParam());
  if (!path) return;
  const nlohmann::json golden = read_golden(*path);
  ASSERT_FALSE(golden.is_discarded());
  const Ids prompt = golden["prompt_ids"], expected = golden["greedy_ids"];

  const auto folder = frontends::open_model_folder(*path);
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto graph = frontends::build_graph(*folder);
  ASSERT_TRUE(graph) << to_string(graph.error());
  const auto laws = verify(*graph, Stage::built);
  ASSERT_TRUE(laws) << to_string(laws.error());

  WeightValues weights(*graph, *folder->weights);
  ReferenceModel model(*graph, weights);
  const auto ids = generate_greedily(model, prompt, expected.size());
  ASSERT_TRUE(ids) << to_string(ids.error());
  EXPECT_EQ(*ids, expected);
}

// The golden logits are f32 too, and written with six digits: they lie as close to the exact ones
// as the interpreter's own f32 logits do, give or take a small factor.
TEST_P(Eval, GivesTheGoldenLogits) {
  const auto path = tests::require_test_data(std::string("models/") + GetParam());
  if (!path) return;
  const nlohmann::json golden = read_golden(*path);
  ASSERT_FALSE(golden.is_discarded());
  const Ids prompt = golden["prompt_ids"];
  const std::vector<float> expected = golden["last_prompt_logits"];

  const auto folder = frontends::open_model_folder(*path);
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto graph = frontends::build_graph(*folder);
  ASSERT_TRUE(graph) << to_string(graph.error());
  WeightValues weights(*graph, *folder->weights);
  const auto f32 = ReferenceModel(*graph, weights).feed(prompt);
  const auto f64 = ReferenceModel<double>(*graph, weights).feed(prompt);
  ASSERT_TRUE(f32 && f64);
  double noise = 0;
  for (std::size_t i = 0; i < f32->size(); ++i)
    noise = std::max(noise, std::abs((*f32)[i] - (*f64)[i]));
  EXPECT_LT(noise, 1e-4);
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(expected[i], (*f64)[i], 8 * noise + 1e-5) << "logit " << i;
}

// Prompts fed in pieces give what they give in one.
TEST_P(Eval, DoesNotDependOnChunks) {
  const auto path = tests::require_test_data(std::string("models/") + GetParam());
  if (!path) return;
  const nlohmann::json golden = read_golden(*path);
  ASSERT_FALSE(golden.is_discarded());
  Ids ids = golden["greedy_ids"];
  ids.resize(std::min<std::size_t>(ids.size(), 70));

  const auto folder = frontends::open_model_folder(*path);
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto graph = frontends::build_graph(*folder);
  ASSERT_TRUE(graph) << to_string(graph.error());
  WeightValues weights(*graph, *folder->weights);
  const auto whole = ReferenceModel<double>(*graph, weights).feed(ids);
  ASSERT_TRUE(whole);
  ReferenceModel<double> model(*graph, weights);
  std::vector<double> logits;
  for (std::size_t begin = 0; begin < ids.size(); begin += 7) {
    const std::size_t count = std::min<std::size_t>(7, ids.size() - begin);
    const auto fed = model.feed(std::span(ids).subspan(begin, count), 3);
    ASSERT_TRUE(fed);
    logits = *fed;
  }
  EXPECT_EQ(model.length(3), static_cast<std::int64_t>(ids.size()));
  for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(logits[i], (*whole)[i], 1e-10);
}

INSTANTIATE_TEST_SUITE_P(Models, Eval,
                         testing::Values("stories260K-hf", "stories260K-hf-bf16-2shards",
                                         "tiny-random-llama2"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
