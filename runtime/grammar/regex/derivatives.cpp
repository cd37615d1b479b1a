// SPDX-License-Identifier: Apache-2.0
// Derivatives, kept in a row per expression with one entry per class of bytes.

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

constexpr std::uint32_t kDigitsAndPoint[] = {'.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};

}  // namespace

std::uint32_t Expressions::classes(Regex a) {
  Store& store = *store_;
  if (store.nodes[a].classes != 0) return store.nodes[a].classes - 1;
  const Node node = store.nodes[a];
  ByteClasses::Partition result = ByteClasses::kOne;
  switch (node.kind) {
    case Kind::nothing:
    case Kind::empty_text:
      break;
    case Kind::bytes:
    case Kind::literal:
      result = store.classes.split(store.nodes.set(node));
      break;
    case Kind::branch:
      result = store.classes.split_singly(store.nodes.operands(node).first(node.b / 2));
      break;
    case Kind::remainder:
      result = store.classes.split_singly(kDigitsAndPoint);
      break;
    case Kind::concat:
      result = classes(Regex{node.a});
      if (store.is_nullable(Regex{node.a}))
        result = store.classes.refine(result, classes(Regex{node.b}));
      break;
    case Kind::either:
    case Kind::both:
      for (const std::uint32_t operand : store.nodes.operands(node))
        result = store.classes.refine(result, classes(Regex{operand}));
      break;
    case Kind::complement:
    case Kind::repeat:
      result = classes(Regex{node.a});
      break;
  }
  store.nodes[a].classes = result + 1;
  return result;
}

std::uint32_t Expressions::refine(std::uint32_t partition, Regex a) {
  return store_->classes.refine(partition, classes(a));
}

std::span<const std::uint8_t> Expressions::classes_of_bytes(std::uint32_t partition) const {
  return store_->classes.classes_of_bytes(partition);
}

std::size_t Expressions::class_count(std::uint32_t partition) const {
  return store_->classes.representatives(partition).size();
}

std::span<const std::uint8_t> Expressions::representatives(Regex a) {
  return store_->classes.representatives(classes(a));
}

Regex Expressions::derivative(Regex a, std::uint8_t byte) {
  Nodes& nodes = store_->nodes;
  const Node& node = nodes[a];
  if (node.row != 0) {
    const Regex known =
        nodes.row_entry(node.row - 1, store_->classes.class_of(node.classes - 1, byte));
    if (known != Nodes::kUnknown) return known;
  } else {
    switch (node.kind) {
      case Kind::nothing:
      case Kind::empty_text:
        return kNothing;
      case Kind::bytes:
        return nodes.set(node).contains(byte) ? kEmptyText : kNothing;
      case Kind::branch:
        return nodes.follow(node, byte);
      case Kind::literal: {
        const std::string_view text = nodes.text(node);
        return static_cast<std::uint8_t>(text[0]) == byte ? literal(text.substr(1)) : kNothing;
      }
      default:
        break;
    }
  }
  const std::uint32_t partition = classes(a);
  const Regex result = computed_derivative(a, byte);
  if (!fuel_.spend()) return kNothing;
  if (nodes[a].row == 0) {
    const std::size_t classes = store_->classes.representatives(partition).size();
    nodes[a].row = nodes.add_row(static_cast<std::uint32_t>(classes)) + 1;
  }
  nodes.row_entry(nodes[a].row - 1, store_->classes.class_of(partition, byte)) = result;
  return result;
}

Regex Expressions::computed_derivative(Regex a, std::uint8_t byte) {
  const Node node = store_->nodes[a];
  switch (node.kind) {
    case Kind::concat: {
      const Regex result = concat(derivative(Regex{node.a}, byte), Regex{node.b});
      if (!store_->is_nullable(Regex{node.a})) return result;
      return either(result, derivative(Regex{node.b}, byte));
    }
    case Kind::either:
    case Kind::both: {
      List<Regex> parts;
      for (std::uint32_t i = 0; i < node.b; ++i) {
        const Regex operand{store_->nodes.operands(node)[i]};
        const Regex part = derivative(operand, byte);
        if (part == kNothing && node.kind == Kind::both) return kNothing;
        if (part != kNothing) parts.push_back(part);
      }
      return node.kind == Kind::either ? either(parts) : both(parts);
    }
    case Kind::complement:
      return complement(derivative(Regex{node.a}, byte));
    case Kind::repeat: {
      const std::uint32_t max = node.c == kUnbounded ? kUnbounded : node.c - 1;
      const Regex more = repeat(Regex{node.a}, node.b == 0 ? 0 : node.b - 1, max);
      return concat(derivative(Regex{node.a}, byte), more);
    }
    case Kind::remainder:
      return remainder_derivative(a, byte);
    default:
      return kNothing;  // derivative() knows the others
  }
}

}  // namespace runtime::grammar::regex
