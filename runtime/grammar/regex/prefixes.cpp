// SPDX-License-Identifier: Apache-2.0
// What may stand at the beginning of a text, told from the form of an expression.
#include <algorithm>

#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

constexpr unsigned kMaxForms = 2000;  // looked at to see that an expression is finite

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

std::uint32_t Expressions::prefix_repeats(Regex a, Regex base) {
  const Node node = store_->nodes[a];
  std::uint32_t most = 0;
  if (node.kind == Kind::either) {
    for (std::uint32_t i = 0; i < node.b && most != kUnbounded; ++i)
      most = std::max(most, prefix_repeats(Regex{store_->nodes.operands(node)[i]}, base));
    return most;
  }
  if (node.kind == Kind::both) {
    // Endlessly many texts begin with each row of `base`; taking finitely many away leaves some.
    std::uint32_t others = 0;
    for (std::uint32_t i = 0; i < node.b; ++i) {
      const Regex operand{store_->nodes.operands(node)[i]};
      const Node& part = store_->nodes[operand];
      unsigned forms = 0;
      if (part.kind == Kind::complement && is_finite(*store_, Regex{part.a}, forms)) continue;
      if (++others > 1) return 0;
      most = prefix_repeats(operand, base);
    }
    return most == kUnbounded ? most : 0;
  }
  if (node.kind == Kind::concat && store_->nodes[Regex{node.a}].kind != Kind::repeat) {
    most = prefix_repeats(Regex{node.a}, base);
    return most > 0 && is_nothing(Regex{node.b}) ? 0 : most;
  }
  if (store_->nodes[store_->head(a)].kind != Kind::repeat) return 0;
  const Repetition head = Repetition::of(*store_, a);
  if (is_nothing(head.rest) || !includes(head.base, base)) return 0;
  return head.max;
}

std::span<const std::uint8_t> Expressions::classes_of_bytes(Regex a) {
  return store_->classes.classes_of_bytes(classes(a));
}

}  // namespace runtime::grammar::regex
