// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tests/numerics/numeric_case.h"

namespace tests::numerics {
namespace {

// Around the padding of rows (32) and the lanes of a workgroup (64).
constexpr int kWidths[] = {1, 31, 32, 33, 65};

struct Operator {
  std::string_view name;
  double low, high;  // where its operands lie
};

constexpr Operator kBinary[] = {
    {"add", -1, 1}, {"sub", -1, 1}, {"mul", -3, 3}, {"div", 0.1, 9}, {"maximum", -1, 1}};
constexpr Operator kUnary[] = {
    {"exp", -20, 20}, {"neg", -1, 1}, {"rsqrt", 0.001, 50}, {"tanh", -9, 9}};

// How an operand may be repeated along the other's axes.
struct Broadcast {
  std::string_view name, a, b;
};
constexpr Broadcast kBroadcasts[] = {
    {"column", "rows, 7", "rows, 1"},     {"row", "rows, 7", "7"},
    {"first", "1, 33", "rows, 33"},       {"rank3", "rows, 3, 7", "3, 1"},
    {"both", "rows, 3, 1", "rows, 1, 5"}, {"one", "rows, 40", "1"},
};

std::string binary(std::string_view op, std::string_view a, std::string_view b) {
  return fmt::format(R"(graph case func run(%a: f32[{}], %b: f32[{}]) {{
  %y = {} %a, %b at "y"
  return %y
}})",
                     a, b, op);
}

}  // namespace

std::vector<NumericCase> elementwise_cases() {
  std::vector<NumericCase> cases;
  const auto add = [&](std::string name, std::string graph, double low = -1, double high = 1) {
    cases.push_back({.name = std::move(name), .graph = std::move(graph), .low = low, .high = high});
  };
  const auto add_width = [&](const Operator& op, int width, std::string graph) {
    cases.push_back({.name = fmt::format("{}_{}", op.name, width),
                     .graph = std::move(graph),
                     .family = std::string(op.name),
                     .low = op.low,
                     .high = op.high});
  };
  for (const Operator& op : kBinary)
    for (const int width : kWidths) {
      const std::string shape = fmt::format("rows, {}", width);
      add_width(op, width, binary(op.name, shape, shape));
    }
  for (const Broadcast& shape : kBroadcasts)
    add(fmt::format("sub_{}", shape.name), binary("sub", shape.a, shape.b));
  for (const Operator& op : kUnary)
    for (const int width : kWidths)
      add_width(op, width,
                fmt::format(R"(graph case func run(%x: f32[rows, {}]) {{
  %y = {} %x at "y"
  return %y
}})",
                            width, op.name));

  add("constant", R"(graph case func run(%x: f32[rows, 5]) {
  %c = constant value=0.1, dtype=f32 at "c"
  %y = mul %x, %c at "y"
  return %y
})");
  add("constant_u32", R"(graph case func run(%i: u32[rows], %a: f32[4, rows], %b: f32[4, rows]) {
  %c = constant value=2, dtype=u32 at "c"
  %l = less_equal %i, %c at "l"
  %y = select %l, %a, %b at "y"
  return %y
})");
  add("less_equal_select", R"(graph case
func run(%i: u32[rows, 9], %j: u32[9], %a: f32[rows, 9], %b: f32[rows, 1]) {
  %l = less_equal %i, %j at "l"
  %y = select %l, %a, %b at "y"
  return %y
})");
  add("iota", R"(graph case func run(%i: u32[rows, 1], %a: f32[rows, 70], %b: f32[70]) {
  %n = iota shape=[70] at "n"
  %l = less_equal %n, %i at "l"
  %y = select %l, %a, %b at "y"
  return %y
})");
  add("iota_context", R"(graph case func run(%i: u32[rows, 1], %a: f32[rows, context], %b: f32[1]) {
  %n = iota shape=[context] at "n"
  %l = less_equal %n, %i at "l"
  %y = select %l, %a, %b at "y"
  return %y
})");
  add("swiglu", R"(graph case func run(%g: f32[rows, 37], %u: f32[rows, 37]) {
  %y = swiglu %g, %u at "y"
  return %y
})",
      -100, 100);
  cases.push_back({.name = "no_rows",
                   .graph = binary("add", "rows, 5", "rows, 5"),
                   .rows = {},
                   .selected = {}});
  return cases;
}

}  // namespace tests::numerics
