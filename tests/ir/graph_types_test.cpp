// SPDX-License-Identifier: Apache-2.0
// The type rules: what each op gives, and what it says of operands that do not fit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ir/graph/graph.h"

namespace {

using namespace ir::graph;  // NOLINT

constexpr std::string_view kPrologue = R"(graph g
weight @w: f32[3, 4]
weight @v: f32[4]
func f(%x: f32[rows, 4], %y: f32[rows, 3], %s: f32[rows, context], %u: u32[rows], %c: cache[2 x 2 x 4],
       %q: f32[rows, 16], %kv: f32[rows, 8], %t: f32[rows, 4], %empty: f32[0, 4], %qkv: f32[rows, 32],
       %odd: cache[1 x 1 x 3], %cube: f32[2, rows, 4], %o: f32[outputs, 4]) {
  %r = )";

struct Rule {
  std::string_view op;
  std::string_view expected;  // the type, or the message up to its column
};

constexpr Rule kRules[] = {
    // What ops give.
    {"constant value=4, dtype=u32", "u32[]"},
    {"iota shape=[context]", "u32[context]"},
    {"gather %x, %u", "f32[rows, 4]"},
    {"matmul_nt %x, @w", "f32[rows, 3]"},
    {"matmul_nt %cube, @w", "f32[2, rows, 3]"},
    {"matmul_nt %cube, %x", "f32[2, rows, rows]"},
    {"add %cube, %x", "f32[2, rows, 4]"},
    {"less_equal %u, %u", "u32[rows]"},
    {"reduce_sum %s", "f32[rows, 1]"},
    {"argmax %s", "u32[rows]"},
    {"reshape %q, shape=[4, rows, 2, 2]", "f32[4, rows, 2, 2]"},
    {"transpose %cube, permutation=[2, 0, 1]", "f32[4, 2, rows]"},
    {"slice %x, begin=1, end=1", "f32[rows, 0]"},
    {"concat [%x, %y, %x]", "f32[rows, 11]"},
    {"rope_table %u, frequencies=[], scale=1", "f32[rows, 0]"},
    {"cache_write %c, %kv, %kv, %u, %u, layer=1", "cache[2 x 2 x 4]"},
    {"cache_values %c, %u, %u, layer=0", "f32[rows, context, 8]"},
    {"linear_argmax %x, @w", "u32[rows]"},
    {"norm_linear %x, @v, @w, _, epsilon=0", "f32[rows, 3]"},
    {"norm_linear_argmax %x, @v, @w, epsilon=0", "u32[rows]"},
    {"rope_attention %qkv, %t, %c, %u, %u, layer=0, heads=4, scale=1", "f32[rows, 16]"},
    // What they refuse.
    {"constant value=1.5, dtype=u32", "constant: 1.5 is not a u32"},
    {"constant value=1e39, dtype=f32", "constant: 1e+39 is not a f32"},
    {"constant value=1, dtype=f16", "constant: dtype must be f32 or u32, not f16"},
    {"iota shape=[2, 2]", "iota: shape must have rank 1, but is [2, 2]"},
    {"gather %empty, %u", "gather: table has no rows"},
    {"gather %x, %x", "gather: ids must be u32, but is f32[rows, 4]"},
    {"gather @v, %u", "gather: table must have rank 2, but is f32[4]"},
    {"matmul_nt %x, %y", "matmul_nt: a's last extent is 4, but b's is 3"},
    {"matmul_nt %x, @v", "matmul_nt: operands must be matrices, but are f32[rows, 4] and f32[4]"},
    {"add %x, %y", "add: shapes [rows, 4] and [rows, 3] do not broadcast together"},
    {"add %x, %o", "add: shapes [rows, 4] and [outputs, 4] do not broadcast together"},
    {"add %x, %u", "add: operands must be f32, but one is u32[rows]"},
    {"add %x, %c", "add: b must be a tensor, but is cache[2 x 2 x 4]"},
    {"exp %u", "exp: x must be f32, but is u32[rows]"},
    {"less_equal %u, %x", "less_equal: operands must be u32, but one is f32[rows, 4]"},
    {"select %x, %x, %x", "select: condition must be u32, but is f32[rows, 4]"},
    {"argmax %cube", "argmax: x must have rank 2, but is f32[2, rows, 4]"},
    {"reshape %x, shape=[rows, 5]", "reshape: [rows, 5] does not have the elements of [rows, 4]"},
    {"reshape %x, shape=[outputs, 4]",
     "reshape: [outputs, 4] does not have the elements of [rows, 4]"},
    {"transpose %x, permutation=[0, 0]", "transpose: [0, 0] is no permutation of the 2 axes of x"},
    {"transpose %x, permutation=[0]", "transpose: [0] is no permutation of the 2 axes of x"},
    {"slice %x, begin=3, end=5", "slice: [3, 5) does not lie inside the last axis of f32[rows, 4]"},
    {"slice %x, begin=3, end=2", "slice: [3, 2) does not lie inside the last axis of f32[rows, 4]"},
    {"slice %s, begin=0, end=1",
     "slice: [0, 1) does not lie inside the last axis of f32[rows, context]"},
    {"concat []", "concat: there are no parts"},
    {"concat [%x, %o]", "concat: part [outputs, 4] does not fit behind [rows, 4]"},
    {"cache_write %c, %kv, %x, %u, %u, layer=0",
     "cache_write: values' last extent is 4, but the cache's width is 8"},
    {"cache_write %c, %kv, %kv, %u, %u, layer=2",
     "cache_write: layer is 2, but cache has 2 layers"},
    {"cache_keys %x, %u, %u, layer=0", "cache_keys: cache must be a cache, but is f32[rows, 4]"},
    {"linear %y, @w, _", "linear: x's last extent is 3, but weight's is 4"},
    {"linear %x, @w, @v", "linear: bias's extent is 4, but weight's first is 3"},
    {"linear_add %x, %x, @w, _",
     "linear_add: residual's last extent is 4, but weight's first is 3"},
    {"norm_linear %y, @v, @w, _, epsilon=0", "norm_linear: norm's extent is 4, but x's last is 3"},
    {"norm_linear_swiglu %x, @v, @w, @w, _, _, epsilon=2",
     "norm_linear_swiglu: epsilon is 2, which is not in [0, 1]"},
    {"linear_swiglu %x, @w, @w, _, @v",
     "linear_swiglu: up_bias's extent is 4, but up's first is 3"},
    {"rms_norm %y, @v, epsilon=0.1", "rms_norm: weight's extent is 4, but x's last is 3"},
    {"rms_norm %x, @v, epsilon=-1", "rms_norm: epsilon is -1, which is not in [0, 1]"},
    {"rms_norm %s, @v, epsilon=0",
     "rms_norm: x's last extent must be constant, but x is f32[rows, context]"},
    {"swiglu %x, %y", "swiglu: gate is f32[rows, 4], but up is f32[rows, 3]"},
    {"rope %x, %t, head_dim=3", "rope: head_dim is 3, which is not even"},
    {"rope %y, %t, head_dim=4", "rope: the columns of f32[rows, 3] are no heads of 4"},
    {"rope %q, %kv, head_dim=4", "rope: table's last extent is 8, but head_dim is 4"},
    {"attention %q, %c, %u, %u, layer=0, heads=3, scale=1",
     "attention: 3 heads are no multiple of the cache's 2"},
    {"attention %q, %c, %u, %u, layer=0, heads=6, scale=1",
     "attention: queries' last extent is 16, but heads * head_dim is 24"},
    {"rope_attention %qkv, %kv, %c, %u, %u, layer=0, heads=4, scale=1",
     "rope_attention: table's last extent is 8, but head_dim is 4"},
    {"rope_cache_write %odd, %qkv, %t, %u, %u, layer=0, heads=1",
     "rope_cache_write: head_dim is 3, which is not even"},
    {"rope_cache_write %c, %q, %t, %u, %u, layer=0, heads=4",
     "rope_cache_write: qkv's last extent is 16, but (heads + 2 * kv_heads) * head_dim is 32"},
};

TEST(GraphTypes, AreWhatTheRulesSay) {
  for (const Rule& rule : kRules) {
    const auto graph = parse(fmt::format("{}{}\n  return %r\n}}", kPrologue, rule.op), "rules");
    if (graph) {
      const Function& function = graph->functions[0];
      EXPECT_EQ(to_string(function.type_of(function.results[0])), rule.expected) << rule.op;
    } else {
      const std::string& message = graph.error().message;
      EXPECT_EQ(message.substr(0, message.rfind(" (column")), rule.expected) << rule.op;
    }
  }
}

// Building from code checks too: a type error there is a fault of ours.
TEST(GraphTypesDeathTest, BreakALawInTheBuilder) {
  Graph graph;
  Function function;
  Builder build(graph, function);
  const Value x = build.parameter("x", TensorType{ir::DType::f32, {"rows", 4}});
  EXPECT_DEATH(build.emit(LessEqual{x, x}), "less_equal: operands must be u32");
}

// A decomposition gives the type that the op's own rule states.
TEST(GraphTypes, OfCompositesAreThoseOfTheirDecompositions) {
  for (const Rule& rule : kRules) {
    const auto graph = parse(fmt::format("{}{}\n  return %r\n}}", kPrologue, rule.op), "rules");
    if (!graph) continue;
    Graph copy = *graph;
    Function& function = copy.functions[0];
    const Node node = function.nodes.back();
    Builder build(copy, function);
    build.at("test");
    const Value expanded = expand(node.op, build);
    EXPECT_EQ(to_string(function.type_of(expanded)), to_string(function.type_of(node.result)))
        << rule.op;
  }
}

}  // namespace
