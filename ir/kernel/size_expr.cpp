// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/size_expr.h"

#include <algorithm>
#include <utility>

#include "ir/support/check.h"

namespace ir::kernel {
namespace {

using Kind = SizeExpr::Kind;

std::uint64_t apply(Kind kind, std::uint64_t a, std::uint64_t b) {
  switch (kind) {
    case Kind::add:
      return a + b;
    case Kind::mul:
      return a * b;
    case Kind::ceil_div:
      CHECK(b > 0, "ceil_div({}, 0)", a);
      return (a + b - 1) / b;
    case Kind::min:
      return std::min(a, b);
    case Kind::max:
      return std::max(a, b);
    case Kind::equal:
      return a == b;
    case Kind::greater:
      return a > b;
    default:
      CHECK(false, "not an operation");
      return 0;
  }
}

}  // namespace

SizeExpr::SizeExpr(Kind operation, SizeExpr a, SizeExpr b) {
  if (a.is_constant() && b.is_constant()) {
    value = apply(operation, a.value, b.value);
    return;
  }
  const auto is = [](const SizeExpr& e, std::uint64_t v) {
    return e.is_constant() && e.value == v;
  };
  // x + 0, x * 1 and ceil_div(x, 1) are x.
  if ((operation == Kind::add && is(b, 0)) || (operation == Kind::mul && is(b, 1)) ||
      (operation == Kind::ceil_div && is(b, 1))) {
    *this = std::move(a);
    return;
  }
  if ((operation == Kind::add && is(a, 0)) || (operation == Kind::mul && is(a, 1))) {
    *this = std::move(b);
    return;
  }
  kind = operation;
  operands.reserve(2);
  operands.push_back(std::move(a));
  operands.push_back(std::move(b));
}

SizeExpr operator+(SizeExpr a, SizeExpr b) { return {Kind::add, std::move(a), std::move(b)}; }
SizeExpr operator*(SizeExpr a, SizeExpr b) { return {Kind::mul, std::move(a), std::move(b)}; }
SizeExpr ceil_div(SizeExpr a, SizeExpr b) { return {Kind::ceil_div, std::move(a), std::move(b)}; }
SizeExpr min(SizeExpr a, SizeExpr b) { return {Kind::min, std::move(a), std::move(b)}; }
SizeExpr max(SizeExpr a, SizeExpr b) { return {Kind::max, std::move(a), std::move(b)}; }
SizeExpr equal(SizeExpr a, SizeExpr b) { return {Kind::equal, std::move(a), std::move(b)}; }
SizeExpr greater(SizeExpr a, SizeExpr b) { return {Kind::greater, std::move(a), std::move(b)}; }

std::uint64_t evaluate(const SizeExpr& expr, const Symbols& symbols) {
  if (expr.kind == Kind::constant) return expr.value;
  if (expr.kind == Kind::symbol) {
    const auto found = symbols.find(expr.symbol);
    CHECK(found != symbols.end(), "plan variable '{}' has no value", expr.symbol);
    return found->second;
  }
  return apply(expr.kind, evaluate(expr.operands[0], symbols), evaluate(expr.operands[1], symbols));
}

std::string to_string(const SizeExpr& expr) {
  switch (expr.kind) {
    case Kind::constant:
      return std::to_string(expr.value);
    case Kind::symbol:
      return expr.symbol;
    default:
      break;
  }
  static constexpr std::string_view kNames[] = {"",    "",    "add",   "mul",    "ceil_div",
                                                "min", "max", "equal", "greater"};
  std::string text(kNames[static_cast<std::size_t>(expr.kind)]);
  return text + "(" + to_string(expr.operands[0]) + ", " + to_string(expr.operands[1]) + ")";
}

}  // namespace ir::kernel
