// SPDX-License-Identifier: Apache-2.0
// What steps cost at least, against sums by hand.
#include "codegen/bundle/step_costs.h"

#include <gtest/gtest.h>

#include "codegen/lower/lower.h"
#include "tests/codegen/sample_model.h"

namespace {

using codegen::bundle::step_costs;
using codegen::bundle::StepCost;
using namespace ir::graph;  // NOLINT

// An embedding that is the head as well, and attention of 4 heads to 2 of 8 columns each.
Graph small_model() {
  Graph graph{.architecture = "Small"};
  graph.weights = {{"embed", {96, 32}, ir::Encoding::f32, {"embed"}},
                   {"qkv", {64, 32}, ir::Encoding::f32, {"qkv"}}};
  Function& forward = graph.functions.emplace_back(Function{.name = "forward"});
  Builder build(graph, forward);
  const auto row_of = [](ir::DType type) { return TensorType{type, {Dim("rows")}}; };
  const Value tokens = build.parameter("tokens", row_of(ir::DType::u32));
  const Value sequences = build.parameter("sequences", row_of(ir::DType::u32));
  const Value positions = build.parameter("positions", row_of(ir::DType::u32));
  const Value cache = build.parameter("cache", CacheType{1, 2, 8});
  build.at("embed");
  const Value x = build.emit(Gather{.table = build.weight(0), .ids = tokens});
  build.at("rotary");
  const Value table =
      build.emit(RopeTable{.positions = positions, .frequencies = {1, 0.1, 0.01, 0.001}});
  build.at("qkv");
  const Value qkv = build.emit(Linear{.x = x, .weight = build.weight(1)});
  build.at("attention");
  const Value written = build.emit(RopeCacheWrite{.cache = cache,
                                                  .qkv = qkv,
                                                  .table = table,
                                                  .sequences = sequences,
                                                  .positions = positions,
                                                  .heads = 4});
  const Value y = build.emit(RopeAttention{.qkv = qkv,
                                           .table = table,
                                           .cache = written,
                                           .sequences = sequences,
                                           .positions = positions,
                                           .heads = 4});
  build.returns({y, written});
  Function& head = graph.functions.emplace_back(Function{.name = "head"});
  Builder build_head(graph, head);
  const Value hidden =
      build_head.parameter("hidden", TensorType{ir::DType::f32, {Dim("rows"), Dim(32)}});
  const Value selected =
      build_head.parameter("selected", TensorType{ir::DType::u32, {Dim("outputs")}});
  build_head.at("head");
  const Value last = build_head.emit(Gather{.table = hidden, .ids = selected});
  build_head.at("embed");
  build_head.returns({build_head.emit(Linear{.x = last, .weight = build_head.weight(0)})});
  return graph;
}

// The largest of each figure over the steps of that provenance.
StepCost most(const std::vector<StepCost>& steps, std::string_view at) {
  StepCost most{.at = std::string(at)};
  for (const StepCost& step : steps) {
    if (step.at != at) continue;
    most.bytes = std::max(most.bytes, step.bytes);
    most.bytes_per_row = std::max(most.bytes_per_row, step.bytes_per_row);
    most.bytes_per_position = std::max(most.bytes_per_position, step.bytes_per_position);
    most.flops_per_row = std::max(most.flops_per_row, step.flops_per_row);
    most.flops_per_position = std::max(most.flops_per_position, step.flops_per_position);
  }
  return most;
}

TEST(StepCosts, CountWhatNoKernelCanDoWithout) {
  const Graph graph = small_model();
  const ir::kernel::Program program =
      codegen::lower::lower(graph, {.capacities = {.context = 128}});
  const auto functions = step_costs(graph, program);
  ASSERT_EQ(functions.size(), program.functions.size());
  for (std::size_t i = 0; i < functions.size(); ++i)
    EXPECT_EQ(functions[i].size(), program.functions[i].steps.size());

  const StepCost embed = most(functions[0], "embed");
  EXPECT_EQ(embed.bytes, 0U) << "rows are looked up";
  EXPECT_EQ(embed.bytes_per_row, 32U * 4);
  EXPECT_EQ(embed.flops_per_row, 0U);
  const StepCost qkv = most(functions[0], "qkv");
  EXPECT_EQ(qkv.bytes, 64U * 32 * 4);
  EXPECT_EQ(qkv.flops_per_row, 2U * 64 * 32);
  const StepCost attention = most(functions[0], "attention");
  EXPECT_EQ(attention.bytes_per_position, attention.bytes_per_row) << "what is read was written";
  EXPECT_GE(attention.bytes_per_position, 2U * 2 * 8 * 2) << "keys and values of two heads, as f16";
  EXPECT_EQ(attention.flops_per_position, 4U * 4 * 8);
  const StepCost head = most(functions[1], "embed");
  EXPECT_EQ(head.bytes, 96U * 32 * 4);
  EXPECT_EQ(head.flops_per_row, 2U * 96 * 32);
  EXPECT_EQ(head.bytes_per_row, 96U * 4) << "logits";
}

TEST(StepCosts, KnowProvenanceAndCacheWithoutGraph) {
  const tests::SampleModel model;
  const auto functions = step_costs({}, model.program);
  ASSERT_EQ(functions.size(), 1U);
  EXPECT_EQ(functions[0][0].at, "model.embed_tokens");
  EXPECT_EQ(functions[0][2].at, "model.layers.0.self_attn");
  EXPECT_EQ(functions[0][2].bytes_per_position, 16U);
  EXPECT_EQ(functions[0][2].flops_per_position, 0U);
}

}  // namespace
