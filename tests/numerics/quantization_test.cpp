// SPDX-License-Identifier: Apache-2.0
// How far quantized weights move a model: the mean KL divergence of next-token distributions from
// those of the f32 weights. 8-bit codes must be all but exact, and our choice of 4-bit codes better
// than MLC's rule. Codes are the same on every machine, so the figures are, up to rounding.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "frontends/architectures/architectures.h"
#include "ir/graph/language_model.h"
#include "ir/support/half.h"
#include "passes/graph/quantize_weights.h"
#include "tests/support/memory_tensors.h"
#include "tests/support/test_data.h"

namespace tests::numerics {
namespace {

using ir::Encoding;
using ir::graph::HostTensor;
using Ids = std::vector<std::uint32_t>;

nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file, nullptr, false);
}

// Texts, each a sequence of its own.
using Texts = std::vector<Ids>;

// The values that codes 0 ... 14 around 7 stand for, scale = max / 7 in f16, groups of 32.
void quantize_as_mlc_does(std::span<float> row) {
  for (std::size_t begin = 0; begin < row.size(); begin += 32) {
    const auto group = row.subspan(begin, std::min<std::size_t>(32, row.size() - begin));
    float largest = 0;
    for (const float value : group) largest = std::max(largest, std::abs(value));
    const float scale = ir::f16_to_f32(ir::f32_to_f16(largest / 7));
    if (scale == 0) continue;
    for (float& value : group)
      value = (std::clamp(std::nearbyint(value / scale + 7), 0.0f, 14.0f) - 7) * scale;
  }
}

MemoryTensors quantized_as_mlc_does(const ir::TensorSource& source) {
  MemoryTensors copy;
  for (const auto& [name, entry] : source.tensors()) {
    std::vector<float> values(static_cast<std::size_t>(entry.elements()));
    EXPECT_TRUE(ir::read_f32(source, entry, 0, values));
    const auto width = static_cast<std::size_t>(entry.shape.back());
    for (std::size_t at = 0; entry.shape.size() == 2 && at < values.size(); at += width)
      quantize_as_mlc_does(std::span(values).subspan(at, width));
    copy.add(name, entry.shape, std::move(values));
  }
  return copy;
}

// Natural logarithms of the probabilities of a row of logits.
std::vector<double> log_probabilities(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  std::vector<double> logs;
  for (const float logit : logits) logs.push_back(logit - largest - std::log(total));
  return logs;
}

double mean_divergence(const std::vector<HostTensor<float>>& exact,
                       const std::vector<HostTensor<float>>& other) {
  double sum = 0, positions = 0;
  for (std::size_t text = 0; text < exact.size(); ++text) {
    const auto width = static_cast<std::size_t>(exact[text].shape.back());
    for (std::size_t at = 0; at < exact[text].data.size(); at += width, ++positions) {
      const auto p = log_probabilities(std::span(exact[text].data).subspan(at, width));
      const auto q = log_probabilities(std::span(other[text].data).subspan(at, width));
      for (std::size_t i = 0; i < width; ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
    }
  }
  return sum / positions;
}

class Comparison {
 public:
  Comparison(const std::filesystem::path& path, Texts texts) : texts_(std::move(texts)) {
    auto folder = frontends::open_model_folder(path);
    EXPECT_TRUE(folder) << to_string(folder.error());
    if (!folder) return;
    folder_ = *std::move(folder);
    auto graph = frontends::build_graph(*folder_);
    EXPECT_TRUE(graph) << to_string(graph.error());
    if (graph) graph_ = *std::move(graph);
  }

  void run() const {
    ASSERT_FALSE(graph_.functions.empty());
    const ir::TensorSource& source = *folder_->weights;
    const Logits exact = logits(Encoding::tile_f32, source);
    const auto divergence = [&](const Logits& other) { return mean_divergence(exact, other); };
    const double q8 = divergence(logits(Encoding::q8, source));
    const double q4 = divergence(logits(Encoding::q4, source));
    const double q3 = divergence(logits(Encoding::q3, source));
    const double mlc = divergence(logits(Encoding::tile_f32, quantized_as_mlc_does(source)));
    for (const auto& [name, value] : {std::pair{"q8", q8}, {"q4", q4}, {"q3", q3}, {"mlc", mlc}})
      testing::Test::RecordProperty(name, std::to_string(value));
    EXPECT_GT(q8, 0);
    EXPECT_LE(q8, q4 / 50);
    EXPECT_LE(q4, 0.8 * mlc);
    EXPECT_GT(q3, q4);
  }

 private:
  using Logits = std::vector<HostTensor<float>>;  // of each text

  Logits logits(Encoding encoding, const ir::TensorSource& source) const {
    ir::graph::Graph graph = graph_;
    passes::quantize_weights(graph, {.matrices = encoding});
    ir::graph::WeightValues weights(graph, source);
    ir::graph::ReferenceModel model(graph, weights);
    Logits all;
    for (const Ids& ids : texts_) {
      auto rows = model.feed_all(ids);
      EXPECT_TRUE(rows);
      if (rows) all.push_back(*std::move(rows));
      model.truncate(0, 0);
    }
    return all;
  }

  Texts texts_;
  std::optional<frontends::ModelFolder> folder_;
  ir::graph::Graph graph_;
};

TEST(Quantization, MovesStories260KLittle) {
  const auto path = require_test_data("models/stories260K-hf");
  if (!path) return;
  const auto golden = read_json(*path / "golden-greedy.json");
  Ids ids = golden["prompt_ids"];
  for (const std::uint32_t id : golden["greedy_ids"]) ids.push_back(id);
  Comparison(*path, {ids}).run();
}

TEST(Quantization, MovesTheDefaultModelLittle) {
  const std::filesystem::path root = WEBLLM_SOURCE_DIR;
  Texts texts;
  for (const auto& conversation : read_json(root / "tests/examples/pebble_golden.json"))
    texts.push_back(conversation["prompt"]);
  Comparison(root / "examples/models/pebble-2m", texts).run();
}

}  // namespace
}  // namespace tests::numerics
