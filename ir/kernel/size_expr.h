// SPDX-License-Identifier: Apache-2.0
// SizeExpr: a size that is known only when a step runs, over named plan variables.
//
//   mul(ceil_div(rows, 4), 16)      equal(rows, 1)
//
// Values are u64; ceil_div by zero is a broken law; comparisons give 0 or 1.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ir::kernel {

using Symbols = std::map<std::string, std::uint64_t, std::less<>>;

struct SizeExpr {
  enum class Kind : std::uint8_t { constant, symbol, add, mul, ceil_div, min, max, equal, greater };

  Kind kind = Kind::constant;
  std::uint64_t value = 0;         // constant
  std::string symbol;              // symbol
  std::vector<SizeExpr> operands;  // the other kinds: two

  SizeExpr() = default;
  SizeExpr(std::uint64_t constant) : value(constant) {}                        // NOLINT: implicit
  SizeExpr(const char* name) : kind(Kind::symbol), symbol(name) {}             // NOLINT
  SizeExpr(std::string name) : kind(Kind::symbol), symbol(std::move(name)) {}  // NOLINT
  SizeExpr(Kind operation, SizeExpr a, SizeExpr b);                            // folds constants

  bool is_constant() const { return kind == Kind::constant; }
  bool operator==(const SizeExpr&) const = default;
};

SizeExpr operator+(SizeExpr a, SizeExpr b);
SizeExpr operator*(SizeExpr a, SizeExpr b);
SizeExpr ceil_div(SizeExpr a, SizeExpr b);
SizeExpr min(SizeExpr a, SizeExpr b);
SizeExpr max(SizeExpr a, SizeExpr b);
SizeExpr equal(SizeExpr a, SizeExpr b);
SizeExpr greater(SizeExpr a, SizeExpr b);

// Every symbol must be bound.
std::uint64_t evaluate(const SizeExpr& expr, const Symbols& symbols);
std::string to_string(const SizeExpr& expr);

}  // namespace ir::kernel
