// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tests/numerics/numeric_case.h"

namespace tests::numerics {
namespace {

// A function of one input.
std::string unary(std::string_view shape, std::string_view op) {
  return fmt::format(R"(graph case func run(%x: f32[{}]) {{
  %y = {} at "y"
  return %y
}})",
                     shape, op);
}

struct Row {
  std::string_view name, shape, op;
};

constexpr Row kRows[] = {
    {"reshape_to_heads", "rows, 12", "reshape %x, shape=[rows, 3, 4]"},
    {"reshape_to_row", "rows, 3, 13", "reshape %x, shape=[rows, 39]"},
    {"reshape_around_rows", "rows, 35", "reshape %x, shape=[5, rows, 7]"},
    {"transpose_heads", "rows, 3, 5", "transpose %x, permutation=[1, 0, 2]"},
    {"transpose_last", "rows, 3, 70", "transpose %x, permutation=[0, 2, 1]"},
    {"transpose_rows", "rows, 33", "transpose %x, permutation=[1, 0]"},
    {"slice_first", "rows, 70", "slice %x, begin=0, end=1"},
    {"slice_middle", "rows, 70", "slice %x, begin=31, end=66"},
    {"slice_last", "rows, 3, 8", "slice %x, begin=5, end=8"},
    {"concat_one", "rows, 5", "concat [%x]"},
    {"concat_same", "rows, 33", "concat [%x, %x]"},
    {"softmax_rank3", "rows, 3, 66", "softmax %x"},
};

// Along the last axis.
struct Reduction {
  std::string_view op;
  double low, high;
};
constexpr Reduction kReductions[] = {
    {"reduce_sum", -1, 1}, {"reduce_max", -3, -2}, {"argmax", -1, 1}, {"softmax", -30, 30}};

}  // namespace

std::vector<NumericCase> shape_cases() {
  std::vector<NumericCase> cases;
  const auto add = [&](std::string name, std::string graph) {
    cases.push_back({.name = std::move(name), .graph = std::move(graph)});
  };
  for (const Row& row : kRows) add(std::string(row.name), unary(row.shape, row.op));
  for (const auto& [op, low, high] : kReductions)
    for (const int width : {1, 2, 31, 32, 33, 63, 64, 65, 130})
      cases.push_back({.name = fmt::format("{}_{}", op, width),
                       .graph = unary(fmt::format("rows, {}", width), fmt::format("{} %x", op)),
                       .family = std::string(op),
                       .low = low,
                       .high = high});
  add("reduce_sum_rank3", unary("rows, 3, 5", "reduce_sum %x"));
  add("concat_three",
      R"(graph case func run(%a: f32[rows, 1], %b: f32[rows, 31], %c: f32[rows, 3]) {
  %y = concat [%a, %b, %c] at "y"
  return %y
})");
  add("matmul_nt", R"(graph case func run(%a: f32[rows, 9], %b: f32[rows, 9]) {
  %y = matmul_nt %a, %b at "y"
  return %y
})");
  add("matmul_nt_batch", R"(graph case func run(%a: f32[rows, 3, 9], %b: f32[rows, 70, 9]) {
  %y = matmul_nt %a, %b at "y"
  return %y
})");
  add("matmul_nt_broadcast", R"(graph case func run(%a: f32[rows, 2, 3, 9], %b: f32[2, 5, 9]) {
  %y = matmul_nt %a, %b at "y"
  return %y
})");
  cases.push_back({.name = "gather_selected",
                   .graph = R"(graph case func run(%x: f32[rows, 33], %selected: u32[outputs]) {
  %y = gather %x, %selected at "y"
  return %y
})",
                   .selected = {2, 0, 2, 1}});
  cases.push_back({.name = "gather_no_outputs",
                   .graph = R"(graph case func run(%x: f32[rows, 33], %selected: u32[outputs]) {
  %y = gather %x, %selected at "y"
  return %y
})",
                   .selected = {}});
  for (const int width : {1, 3, 4, 5, 31, 32, 33, 255, 256, 257, 260})
    add(fmt::format("rms_norm_{}", width), fmt::format(R"(graph case weight @w: f32[{0}]
func run(%x: f32[rows, {0}]) {{
  %y = rms_norm %x, @w, epsilon=1e-05 at "y"
  return %y
}})",
                                                       width));
  return cases;
}

}  // namespace tests::numerics
