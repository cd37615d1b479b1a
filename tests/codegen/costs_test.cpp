// SPDX-License-Identifier: Apache-2.0
// Predicted costs, against sums by hand.
#include "codegen/bundle/costs.h"

#include <gtest/gtest.h>

#include "tests/codegen/sample_model.h"

namespace {

using namespace codegen::bundle;

TEST(Costs, PredictMemoryByDoublingTheCache) {
  const tests::SampleModel model;
  const auto rows = predict_memory(model.section);
  std::vector<std::uint32_t> contexts;
  for (const MemoryRow& row : rows) contexts.push_back(row.context);
  EXPECT_EQ(contexts, (std::vector<std::uint32_t>{256, 512, 1000}));
  // 4, 8 and 16 pages of two caches (1024 bytes a page) and a scratch buffer (256).
  EXPECT_EQ(rows[1].gpu_bytes - rows[0].gpu_bytes, 4U * (2 * 1024 + 256));
  EXPECT_EQ(rows[2].gpu_bytes - rows[1].gpu_bytes, 8U * (2 * 1024 + 256));
  std::uint64_t fixed = 0;
  for (const SectionBuffer& buffer : model.section.buffers) fixed += buffer.bytes;
  EXPECT_EQ(rows[0].gpu_bytes, fixed + 4 * (2 * 1024 + 256));
}

TEST(Costs, StateWhatTheKernelsNeed) {
  const tests::SampleModel model;
  const Requirements needs = requirements_of(model.program, model.section);
  EXPECT_TRUE(needs.features.empty());
  EXPECT_EQ(needs.limits.at("maxStorageBuffersPerShaderStage"), 3U);
  EXPECT_EQ(needs.limits.at("maxComputeWorkgroupStorageSize"), 512U);
  EXPECT_EQ(needs.limits.at("maxComputeInvocationsPerWorkgroup"), 64U);
  EXPECT_EQ(needs.limits.at("maxBufferSize"), 128U * 64 * 2);  // model.layers.1.up.weight as f16

  ir::kernel::Program half = model.program;
  half.kernels[0].memories[0].element = ir::kernel::kF16;
  EXPECT_EQ(requirements_of(half, model.section).features, std::vector<std::string>{"shader-f16"});
}

TEST(Costs, AreCountedByLayer) {
  const tests::SampleModel model;
  const auto plan = codegen::weights::plan_segments(model.graph.weights);
  const auto layers = layer_costs(model.graph, model.program, model.section, plan.pieces);
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].name, "model.embed_tokens");
  EXPECT_EQ(layers[0].flops_per_token, 2U * 300 * 64);  // as head; looking up a row costs nothing
  EXPECT_EQ(layers[0].kv_bytes_per_token, 0U);
  EXPECT_EQ(layers[1].name, "model.layers.0");
  EXPECT_EQ(layers[1].flops_per_token, 2U * 128 * 64);
  EXPECT_EQ(layers[1].kv_bytes_per_token, 16U);
  EXPECT_EQ(layers[1].weight_bytes, 64U * 4 + 128 * 64 / 2 + 128 * 2 * 2);
  EXPECT_EQ(layers[1].segments, std::vector<std::uint32_t>{1});
}

}  // namespace
