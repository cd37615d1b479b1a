// SPDX-License-Identifier: Apache-2.0
// The graph interpreter against what Hugging Face's models give (golden-greedy.json beside each
// model): greedy ids exactly, the logits after the prompt closely.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "frontends/architectures/architectures.h"
#include "ir/graph/language_model.h"
#include "tests/numerics/golden_models.h"
#include "tests/support/test_data.h"

namespace {

using namespace ir::graph;  // NOLINT
using Ids = std::vector<std::uint32_t>;

class Eval : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto path = tests::require_test_data(std::string("models/") + GetParam());
    ASSERT_TRUE(path || IsSkipped());
    if (!path) return;
    std::ifstream file(*path / "golden-greedy.json");
    golden_ = nlohmann::json::parse(file, nullptr, false);
    ASSERT_FALSE(golden_.is_discarded());
    prompt_ = golden_["prompt_ids"].get<Ids>();
    ids_ = golden_["greedy_ids"].get<Ids>();

    auto folder = frontends::open_model_folder(*path);
    ASSERT_TRUE(folder) << to_string(folder.error());
    folder_ = *std::move(folder);
    auto graph = frontends::build_graph(*folder_);
    ASSERT_TRUE(graph) << to_string(graph.error());
    graph_ = *std::move(graph);
    weights_.emplace(graph_, *folder_->weights);
  }

  nlohmann::json golden_;
  Ids prompt_, ids_;
  std::optional<frontends::ModelFolder> folder_;
  Graph graph_;
  std::optional<WeightValues> weights_;
};

TEST_P(Eval, GivesTheGoldenIds) {
  const auto laws = verify(graph_, Stage::built);
  ASSERT_TRUE(laws) << to_string(laws.error());
  ReferenceModel model(graph_, *weights_);
  const auto ids = generate_greedily(model, prompt_, ids_.size());
  ASSERT_TRUE(ids) << to_string(ids.error());
  EXPECT_EQ(*ids, ids_);
}

TEST_P(Eval, StopsAfterAStopId) {
  ReferenceModel model(graph_, *weights_);
  const Ids stops = {ids_[5]};
  const auto ids = generate_greedily(model, prompt_, ids_.size(), stops);
  ASSERT_TRUE(ids) << to_string(ids.error());
  EXPECT_EQ(*ids, Ids(ids_.begin(), std::find(ids_.begin(), ids_.end(), ids_[5]) + 1));
}

// The golden logits are f32 too, and written with six digits: they lie as close to the exact ones
// as the interpreter's own f32 logits do, give or take a small factor.
TEST_P(Eval, GivesTheGoldenLogits) {
  const std::vector<float> expected = golden_["last_prompt_logits"];
  const auto f32 = ReferenceModel(graph_, *weights_).feed(prompt_);
  const auto f64 = ReferenceModel<double>(graph_, *weights_).feed(prompt_);
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
  const auto ids = std::span(ids_).first(std::min<std::size_t>(ids_.size(), 70));
  const auto whole = ReferenceModel<double>(graph_, *weights_).feed(ids);
  ASSERT_TRUE(whole);
  ReferenceModel<double> model(graph_, *weights_);
  std::vector<double> logits;
  for (std::size_t begin = 0; begin < ids.size(); begin += 7) {
    const auto fed =
        model.feed(ids.subspan(begin, std::min<std::size_t>(7, ids.size() - begin)), 3);
    ASSERT_TRUE(fed);
    logits = *fed;
  }
  EXPECT_EQ(model.length(3), static_cast<std::int64_t>(ids.size()));
  for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(logits[i], (*whole)[i], 1e-10);
}

// What was fed after a rewind leaves no trace, and other sequences do not disturb it.
TEST_P(Eval, RewindsASequence) {
  ReferenceModel<double> model(graph_, *weights_);
  const Ids ids = {1, 5, 9, 13, 17, 21};
  const auto first = model.feed(ids);
  ASSERT_TRUE(model.feed(Ids{7, 8, 9, 10, 11, 12, 13, 14}, 1));
  model.truncate(0, 2);
  ASSERT_TRUE(model.feed(Ids{100, 101, 102}));
  model.truncate(0, 2);
  const auto again = model.feed(std::span(ids).subspan(2));
  ASSERT_TRUE(first && again);
  for (std::size_t i = 0; i < first->size(); ++i) EXPECT_NEAR((*first)[i], (*again)[i], 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Models, Eval, testing::ValuesIn(tests::numerics::kGoldenModels),
                         tests::numerics::name_of_model);

}  // namespace
