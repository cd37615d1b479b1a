// SPDX-License-Identifier: Apache-2.0
// Each law of the verifier (ir/graph/verify.cpp) is broken by some case here. The diagnostics are
// of the kind graph_invalid.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "ir/graph/graph.h"

namespace {

using namespace ir::graph;  // NOLINT

constexpr std::string_view kSound = R"(graph g
weight @w: f32[4, 4]
weight @v: f32[4]
func forward(%x: f32[rows, 4], %u: u32[rows], %c: cache[1 x 1 x 4]) {
  %0 = linear %x, @w, @v at "linear"
  %1 = cache_write %c, %0, %x, %u, %u, layer=0 at "cache"
  %2 = attention %0, %1, %u, %u, layer=0, heads=1, scale=0.5 at "attention"
  return %2, %1
}
func other(%x: f32[rows, 4]) {
  %0 = exp %x at "exp"
  return %0
})";

Graph sound() {
  auto graph = parse(kSound, "sound");
  EXPECT_TRUE(graph) << to_string(graph.error());
  return *std::move(graph);
}

// The node of `forward` that holds an op of the given name.
Node& node(Graph& graph, std::string_view op) {
  for (Node& each : graph.functions[0].nodes)
    if (table(each.op).name == op) return each;
  std::abort();
}

struct Breach {
  std::string_view name;
  int law;
  std::string_view message;
  std::function<void(Graph&)> commit;
  Stage stage = Stage::built;
};

const Breach kBreaches[] = {
    {"two_functions_of_one_name", 1, "the name of a function is empty or taken",
     [](Graph& g) { g.functions[1].name = "forward"; }},
    {"two_weights_of_one_name", 1, "the name of a weight is empty or taken",
     [](Graph& g) { g.weights[1].name = "w"; }},
    {"a_number_as_parameter", 1, "parameter name \"7\" is empty, a number or taken",
     [](Graph& g) { g.functions[0].parameters[0].name = "7"; }},
    {"a_symbol_with_a_blank", 1, "symbol \"a b\" is not a word",
     [](Graph& g) {
       g.functions[1].types[0] = g.functions[1].types[1] = TensorType{ir::DType::f32, {"a b"}};
     }},
    {"a_weight_of_rank_3", 2, "weight has rank 3, not 1 or 2",
     [](Graph& g) { g.weights[0].shape = {4, 4, 1}; }},
    {"a_negative_extent", 2, "weight has extent -4", [](Graph& g) { g.weights[0].shape[0] = -4; }},
    {"a_weight_from_nowhere", 2, "weight has no source",
     [](Graph& g) { g.weights[0].sources.clear(); }},
    {"a_use_before_the_definition", 3, "x is not defined before it is used",
     [](Graph& g) { std::get<Linear>(node(g, "linear").op).x = node(g, "attention").result; }},
    {"a_value_that_does_not_exist", 3, "x is not defined before it is used",
     [](Graph& g) { std::get<Linear>(node(g, "linear").op).x = Value{99}; }},
    {"two_definitions", 3, "the node defines no value of its own",
     [](Graph& g) { node(g, "attention").result = node(g, "linear").result; }},
    {"a_result_that_does_not_exist", 3, "a result is not defined",
     [](Graph& g) { g.functions[1].results = {Value{7}}; }},
    {"a_type_without_a_value", 3, "value 2 has no definition",
     [](Graph& g) { g.functions[1].types.push_back(g.functions[1].types[0]); }},
    {"another_type", 4, "the op gives f32[rows, 4], but the value is f32[rows, 5]",
     [](Graph& g) { g.functions[1].types[1] = TensorType{ir::DType::f32, {"rows", 5}}; }},
    {"operands_that_do_not_fit", 4, "attention: layer is 3, but cache has 1 layers",
     [](Graph& g) { std::get<Attention>(node(g, "attention").op).layer = 3; }},
    {"no_result", 5, "the function returns nothing",
     [](Graph& g) { g.functions[1].results.clear(); }},
    {"an_old_state_of_the_cache", 6, "a state of the cache is used after it was written to",
     [](Graph& g) { std::get<Attention>(node(g, "attention").op).cache = Value{2}; }},
    {"an_old_state_returned", 6, "a state of the cache is returned after it was written to",
     [](Graph& g) { g.functions[0].results[1] = Value{2}; }},
    {"the_cache_not_returned", 6, "the last state of the cache is not returned",
     [](Graph& g) { g.functions[0].results.pop_back(); }},
    {"two_caches", 6, "the function takes 2 caches",
     [](Graph& g) {
       Builder(g, g.functions[1]).parameter("c", CacheType{1, 1, 4});
       Builder(g, g.functions[1]).parameter("d", CacheType{1, 1, 4});
     }},
    {"no_provenance", 7, "the node has no provenance",
     [](Graph& g) { node(g, "linear").provenance.clear(); }},
    {"an_infinite_scale", 8, "scale is not finite",
     [](Graph& g) {
       std::get<Attention>(node(g, "attention").op).scale = std::numeric_limits<double>::infinity();
     }},
    {"an_early_encoding", 9, "weight is stored as q4",
     [](Graph& g) { g.weights[0].encoding = ir::Encoding::q4; }},
    {"a_plain_matrix", 10, "weight of rank 2 is stored as f32", [](Graph&) {}, Stage::quantized},
    {"a_tiled_vector", 10, "weight of rank 1 is stored as q4",
     [](Graph& g) { g.weights[0].encoding = g.weights[1].encoding = ir::Encoding::q4; },
     Stage::quantized},
    {"a_tiled_summand", 11, "a cannot be the tiled weight @w",
     [](Graph& g) {
       g.weights[0].encoding = ir::Encoding::tile_f16;
       Builder build(g, g.functions[1]);
       build.at("sum");
       const Value w = build.weight(0);
       g.functions[1].results = {build.emit(Add{w, w})};
     },
     Stage::quantized},
    {"a_value_for_nobody", 12, "the node's value is not used",
     [](Graph& g) {
       g.weights[0].encoding = ir::Encoding::q4;
       g.functions[1].results = {g.functions[1].parameters[0].value};
     },
     Stage::fused},
};

TEST(GraphVerifySound, AcceptsASoundGraph) {
  const auto laws = verify(sound(), Stage::built);
  EXPECT_TRUE(laws) << to_string(laws.error());
  Graph quantized = sound();
  quantized.weights[0].encoding = ir::Encoding::q4;
  for (const Stage stage : {Stage::quantized, Stage::fused}) {
    const auto later = verify(quantized, stage);
    EXPECT_TRUE(later) << to_string(later.error());
  }
}

class GraphVerify : public testing::TestWithParam<Breach> {};

TEST_P(GraphVerify, NamesTheLawThatIsBroken) {
  Graph graph = sound();
  GetParam().commit(graph);
  const auto laws = verify(graph, GetParam().stage);
  ASSERT_FALSE(laws);
  EXPECT_EQ(laws.error().kind, ir::DiagnosticKind::graph_invalid);
  EXPECT_EQ(laws.error().message, fmt::format("{} (law {})", GetParam().message, GetParam().law));
  EXPECT_FALSE(laws.error().where.item.empty());
}

INSTANTIATE_TEST_SUITE_P(Breaches, GraphVerify, testing::ValuesIn(kBreaches),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
