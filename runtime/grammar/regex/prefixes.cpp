// SPDX-License-Identifier: Apache-2.0
// What may stand at the beginning of a text, told from the form of an expression.
#include <algorithm>

#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

constexpr unsigned kMaxForms = 20000;  // looked at to see that an expression is finite

// Whether it matches finitely many texts; false where that is not seen from its form.
bool is_finite(const Store& store, Regex r, unsigned& forms) {
  if (++forms > kMaxForms) return false;
  const Node& node = store.nodes[r];
  const auto operands_are_finite = [&](std::span<const std::uint32_t> operands) {
    return std::ranges::all_of(
        operands, [&](std::uint32_t operand) { return is_finite(store, Regex{operand}, forms); });
  };
  switch (node.kind) {
    case Kind::nothing:
    case Kind::empty_text:
    case Kind::bytes:
    case Kind::literal:
      return true;
    case Kind::branch:
      return operands_are_finite(store.nodes.operands(node).subspan(node.b / 2));
    case Kind::either:
      return operands_are_finite(store.nodes.operands(node));
    case Kind::concat:
      return is_finite(store, Regex{node.a}, forms) && is_finite(store, Regex{node.b}, forms);
    case Kind::repeat:
      return node.c != kUnbounded && is_finite(store, Regex{node.a}, forms);
    default:
      return false;
  }
}

}  // namespace

// Whether up to `max` texts of `base` in a row are texts of `unit` in a row. Where there is no
// limit, one of `base` may be several of `unit`: a character, and its bytes.
bool Expressions::holds_rows(Regex unit, std::uint32_t max, Regex base) {
  if (max == 1) return false;  // not worth asking
  return includes(max == kUnbounded ? repeat(unit, 0, kUnbounded) : unit, base);
}

// X{k,m} Z & Y{l,n} Z & ~F, where `base` lies in X and in Y and F is finite: rows of `base` that
// are neither too short nor too long and go on with Z are in all of them, but for finitely many.
std::uint32_t Expressions::intersection_prefix_repeats(Regex a, Regex base) {
  std::uint32_t least = 0;
  std::uint32_t most = kUnbounded;
  Regex rest = kNothing;
  bool has_exceptions = false;
  for (std::uint32_t i = 0; i < store_->nodes[a].b; ++i) {
    const Regex operand{store_->nodes.operands(store_->nodes[a])[i]};
    const Node part = store_->nodes[operand];
    unsigned forms = 0;
    if (part.kind == Kind::complement && is_finite(*store_, Regex{part.a}, forms)) {
      has_exceptions = true;
      continue;
    }
    const Repetition row = Repetition::of(*store_, operand);
    if (rest == kNothing) rest = row.rest;
    if (row.rest != rest || !holds_rows(row.base, row.max, base)) return 0;
    least = std::max(least, row.min);
    most = std::min(most, row.max);
  }
  if (rest == kNothing || is_nothing(rest) || least > most) return 0;
  return has_exceptions && most != kUnbounded ? 0 : most;
}

std::uint32_t Expressions::prefix_repeats(Regex a, Regex base) {
  const Node node = store_->nodes[a];
  switch (node.kind) {
    case Kind::either: {
      std::uint32_t most = 0;
      for (std::uint32_t i = 0; i < node.b && most != kUnbounded; ++i)
        most = std::max(most, prefix_repeats(Regex{store_->nodes.operands(node)[i]}, base));
      return most;
    }
    case Kind::both:
      return intersection_prefix_repeats(a, base);
    case Kind::concat:
      if (is_nothing(Regex{node.b})) return 0;
      return prefix_repeats(Regex{node.a}, base);
    case Kind::repeat:
      return holds_rows(Regex{node.a}, node.c, base) ? node.c : 0;
    default:
      return 0;
  }
}

}  // namespace runtime::grammar::regex
