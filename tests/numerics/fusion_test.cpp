// SPDX-License-Identifier: Apache-2.0
// Graph passes change the cost of a model, never its results: after each of them the laws of its
// stage hold, the text parses back equal, and the logits in f64 are those of the graph before it.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "frontends/architectures/architectures.h"
#include "ir/graph/language_model.h"
#include "passes/graph/fuse_argmax.h"
#include "passes/graph/fuse_attention.h"
#include "passes/graph/fuse_norm.h"
#include "passes/graph/fuse_residual.h"
#include "passes/graph/fuse_swiglu.h"
#include "passes/graph/quantize_weights.h"
#include "tests/support/test_data.h"

namespace {

using namespace ir::graph;  // NOLINT

void check_form(const Graph& graph, Stage stage, const std::string& pass) {
  const auto laws = verify(graph, stage);
  ASSERT_TRUE(laws) << pass << ": " << to_string(laws.error());
  const auto again = parse(print(graph), pass);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_TRUE(same_graph(graph, *again)) << pass;
}

std::vector<double> logits(const Graph& graph, const ir::TensorSource& source) {
  WeightValues weights(graph, source);
  std::vector<std::uint32_t> ids(70);
  for (std::uint32_t i = 0; i < ids.size(); ++i) ids[i] = i * 37 % 500;
  const auto all = ReferenceModel<double>(graph, weights).feed_all(ids);
  EXPECT_TRUE(all);
  return all ? all->data : std::vector<double>();
}

class Fusion : public testing::TestWithParam<ir::Encoding> {};

TEST_P(Fusion, KeepsTheLogits) {
  const auto path = tests::require_test_data("models/stories260K-hf");
  if (!path) return;
  const auto folder = frontends::open_model_folder(*path);
  ASSERT_TRUE(folder) << to_string(folder.error());
  auto graph = frontends::build_graph(*folder);
  ASSERT_TRUE(graph) << to_string(graph.error());
  check_form(*graph, Stage::built, "built");
  passes::quantize_weights(*graph, {GetParam()});
  check_form(*graph, Stage::quantized, "quantize-weights");
  const std::vector<double> before = logits(*graph, *folder->weights);

  const std::pair<std::string, std::function<void(Graph&)>> fusions[] = {
      {"fuse-attention", passes::fuse_attention},
      {"fuse-swiglu", passes::fuse_swiglu},
      {"fuse-residual", passes::fuse_residual},
      {"fuse-argmax", passes::fuse_argmax},
      {"fuse-norm", passes::fuse_norm}};
  for (const auto& [name, fuse] : fusions) {
    fuse(*graph);
    check_form(*graph, Stage::quantized, name);
    const std::vector<double> after = logits(*graph, *folder->weights);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i)
      ASSERT_NEAR(after[i], before[i], 1e-9) << name << ", logit " << i;
  }
  check_form(*graph, Stage::fused, "all");
}

INSTANTIATE_TEST_SUITE_P(Encodings, Fusion,
                         testing::Values(ir::Encoding::tile_f32, ir::Encoding::tile_f16,
                                         ir::Encoding::q4, ir::Encoding::q3),
                         [](const auto& info) { return std::string(ir::name_of(info.param)); });

}  // namespace
