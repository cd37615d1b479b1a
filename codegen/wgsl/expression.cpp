// SPDX-License-Identifier: Apache-2.0
#include "codegen/wgsl/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/support/check.h"
#include "ir/support/match.h"

namespace codegen::wgsl {
namespace {

using namespace ir::kernel;  // NOLINT: this file speaks of nothing else

// In the order of UnaryKind and BinaryKind; a name that starts with a letter is a function's.
constexpr std::array<std::string_view, 10> kUnary = {"-",   "!",    "~",           "abs",   "exp",
                                                     "log", "sqrt", "inverseSqrt", "floor", "tanh"};
constexpr std::array<std::string_view, 20> kBinary = {"+",  "-",  "*", "/",  "%",  "min", "max",
                                                      "&",  "|",  "^", "<<", ">>", "&&",  "||",
                                                      "==", "!=", "<", "<=", ">",  ">="};

constexpr std::array<std::string_view, 3> kSubgroup = {"subgroupAdd", "subgroupMin", "subgroupMax"};

bool is_function(std::string_view symbol) { return symbol[0] >= 'a' && symbol[0] <= 'z'; }

// A scalar where WGSL wants a vector.
std::string widened(const Operand& operand, std::uint8_t width) {
  if (operand.type.width == width) return operand.text;
  return fmt::format("{}({})", type_name({operand.type.scalar, width}), bare(operand.text));
}

// Some drivers compute tanh from exp(2x), and get NaN where that overflows. Beyond these bounds it
// rounds to 1.
std::string tanh(const Operand& x) {
  const double bound = x.type.scalar == Scalar::f16 ? 5 : 10;
  return fmt::format("tanh(clamp({}, {}, {}))", bare(x.text), literal({x.type, -bound}),
                     literal({x.type, bound}));
}

std::string unary(UnaryKind kind, const Operand& x) {
  if (kind == UnaryKind::tanh) return tanh(x);
  const std::string_view symbol = kUnary[static_cast<std::size_t>(kind)];
  if (is_function(symbol)) return fmt::format("{}({})", symbol, bare(x.text));
  return fmt::format("({}{})", symbol, x.text);
}

// + - * / % take a scalar beside a vector, the others do not.
std::string binary(BinaryKind kind, const Operand& a, const Operand& b) {
  std::string_view symbol = kBinary[static_cast<std::size_t>(kind)];
  const std::uint8_t width = std::max(a.type.width, b.type.width);
  if (kind <= BinaryKind::rem) return fmt::format("({} {} {})", a.text, symbol, b.text);
  const std::string left = widened(a, width), right = widened(b, width);
  if (is_function(symbol)) return fmt::format("{}({}, {})", symbol, bare(left), bare(right));
  const bool of_vectors = width > 1 && (symbol == "&&" || symbol == "||");
  if (of_vectors) symbol.remove_suffix(1);
  return fmt::format("({} {} {})", left, symbol, right);
}

// WGSL's order is false, true, condition; a scalar condition may choose between vectors.
std::string select(std::span<const Operand> operands, std::uint8_t width) {
  const std::string a = widened(operands[1], width), b = widened(operands[2], width);
  return fmt::format("select({}, {}, {})", bare(b), bare(a), bare(operands[0].text));
}

// `unpack4xU8` is a language feature that not every browser has.
std::string unpack(UnpackKind kind, const Operand& x) {
  if (kind == UnpackKind::half2) return fmt::format("unpack2x16float({})", bare(x.text));
  if (kind == UnpackKind::f16x2) return fmt::format("bitcast<vec2<f16>>({})", bare(x.text));
  return fmt::format("((vec4<u32>({}) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u))",
                     bare(x.text));
}

std::string call(std::string_view function, std::span<const Operand> operands) {
  std::string text(function);
  char separator = '(';
  for (const Operand& operand : operands) {
    text += separator;
    if (separator == ',') text += ' ';
    text += bare(operand.text);
    separator = ',';
  }
  return text + ')';
}

std::string extract(const Operand& x, std::string_view lane) {
  constexpr std::string_view kLanes = "xyzw";
  const bool known = lane.size() == 2 && lane[1] == 'u' && lane[0] < '4';
  if (known) return fmt::format("{}.{}", x.text, kLanes[static_cast<std::size_t>(lane[0] - '0')]);
  return fmt::format("{}[{}]", x.text, bare(lane));
}

}  // namespace

std::string type_name(Type type) { return to_string(type); }

std::string literal(const Constant& constant) {
  const auto scalar = [&]() -> std::string {
    switch (constant.type.scalar) {
      case Scalar::boolean:
        return constant.value != 0 ? "true" : "false";
      case Scalar::i32:
        // The literal of the smallest i32 would be that of a number beyond the largest, negated.
        return constant.value == -2147483648.0
                   ? "i32(-2147483648)"
                   : fmt::format("{}i", static_cast<std::int32_t>(constant.value));
      case Scalar::u32:
        return fmt::format("{}u", static_cast<std::uint32_t>(constant.value));
      case Scalar::f32:
        // The shortest decimal of the largest f32 lies beyond it, which WGSL refuses.
        return fmt::format(std::abs(constant.value) >= std::numeric_limits<float>::max()
                               ? fmt::runtime("{:a}f")
                               : fmt::runtime("{}f"),
                           static_cast<float>(constant.value));
      case Scalar::f16:
        return fmt::format("{}h", static_cast<float>(static_cast<_Float16>(constant.value)));
    }
    return {};
  };
  if (constant.type.width == 1) return scalar();
  return fmt::format("{}({})", type_name(constant.type), scalar());
}

std::string_view bare(std::string_view text) {
  if (!text.starts_with('(')) return text;
  int depth = 0;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0) return text;  // the first parenthesis closes before the end
  }
  return text.substr(1, text.size() - 2);
}

std::string apply(const Op& op, std::span<const Operand> operands, Type result) {
  return ir::match(
      op, [&](const Unary& u) { return unary(u.kind, operands[0]); },
      [&](const Binary& b) { return binary(b.kind, operands[0], operands[1]); },
      [&](const Select&) { return select(operands, result.width); },
      [&](const Convert&) { return call(type_name(result), operands); },
      [&](const Bitcast&) { return call(fmt::format("bitcast<{}>", type_name(result)), operands); },
      [&](const Unpack& u) { return unpack(u.kind, operands[0]); },
      [&](const Pack&) { return call("pack2x16float", operands); },
      [&](const MakeVector&) { return call(type_name(result), operands); },
      [&](const Extract&) { return extract(operands[0], operands[1].text); },
      [&](const Dot&) { return call("dot", operands); },
      [&](const Subgroup& s) {
        return call(kSubgroup[static_cast<std::size_t>(s.kind)], operands);
      },
      [](const auto&) {
        CHECK(false, "not an expression");
        return std::string();
      });
}

}  // namespace codegen::wgsl
