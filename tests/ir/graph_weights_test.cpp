// SPDX-License-Identifier: Apache-2.0
// WeightValues: sources joined row by row, seen through their encoding.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/graph/weight_values.h"
#include "ir/support/half.h"
#include "tests/ir/graph_runner.h"

namespace tests {
namespace {

using namespace ir::graph;  // NOLINT

TEST(WeightValues, JoinsSources) {
  GraphRunner run("graph g\nweight @ab: f32[3, 2] = rows(\"a\", \"b\")\nweight @c: f32[2]");
  run.weights.add("a", {1, 2}, {1, 2});
  run.weights.add("b", {2, 2}, {3, 4, 5, 6});
  run.weights.add("c", {2}, {7, 8});
  WeightValues weights(run.graph, run.weights);
  const auto joined = weights.values<float>(0);
  ASSERT_TRUE(joined);
  EXPECT_EQ((*joined)->shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ((*joined)->data, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ((*weights.values<double>(1))->data, (std::vector<double>{7, 8}));
  EXPECT_EQ(*joined, *weights.values<float>(0)) << "the same tensor is kept";
}

TEST(WeightValues, ShowsWhatAnEncodingLoses) {
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    if (info.columns == 1) continue;
    const ir::Encoding encoding = info.encoding;
    GraphRunner run("graph g\nweight @w: f32[33, 45]");
    run.graph.weights[0].encoding = encoding;
    const auto values = gaussian(33 * 45, 1);
    run.weights.add("w", {33, 45}, values);
    WeightValues weights(run.graph, run.weights);
    const auto seen = weights.values<float>(0);
    const auto bounded = weights.values<Bounded>(0);
    ASSERT_TRUE(seen && bounded);
    double error = 0, energy = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float value = (*seen)->data[i];
      error += std::pow(value - values[i], 2);
      energy += std::pow(values[i], 2);
      const Bounded& bound = (*bounded)->data[i];
      EXPECT_EQ(bound.value, value);
      if (encoding == ir::Encoding::tile_f16) {
        EXPECT_EQ(value, ir::f16_to_f32(ir::f32_to_f16(values[i])));
        EXPECT_EQ(bound.error, std::abs(value) < 0x1p-14f ? std::abs(value) : 0);
      }
    }
    const double loss = std::sqrt(error / energy);
    if (encoding == ir::Encoding::tile_f32) {
      EXPECT_EQ(loss, 0);
    }
    if (encoding == ir::Encoding::tile_f16) {
      EXPECT_LT(loss, 0x1p-11);
    }
    if (info.has_codes()) {  // of Gaussian values
      EXPECT_NEAR(loss, 1.25 * std::ldexp(1.0, -static_cast<int>(info.code_bits)), 0.01);
    }
  }
}

TEST(WeightValues, NamesSourcesThatDoNotFit) {
  GraphRunner run(
      "graph g\nweight @absent: f32[1]\nweight @short: f32[3, 2]\nweight @long: f32[1, 2] = "
      "rows(\"short\")\nweight @narrow: f32[2, 3] = rows(\"short\")");
  run.weights.add("short", {2, 2}, {1, 2, 3, 4});
  WeightValues weights(run.graph, run.weights);
  const auto message = [&](std::uint32_t weight) {
    const auto values = weights.values<float>(weight);
    return values ? "" : values.error().message;
  };
  EXPECT_EQ(message(0), "weight @absent comes from a tensor that does not exist");
  EXPECT_EQ(message(1), "the sources of weight @short have 4 elements, not 6");
  EXPECT_EQ(message(2), "tensor has shape [2, 2], which does not fit weight @long [1, 2]");
  EXPECT_EQ(message(3), "tensor has shape [2, 2], which does not fit weight @narrow [2, 3]");
}

}  // namespace
}  // namespace tests
