// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/expressions.h"

#include <algorithm>
#include <array>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

// Longer literals are split, so that interning the derivatives of a literal stays cheap.
constexpr std::size_t kMaxLiteral = 256;

// a + b, or a * b, of counts of repeats; none where it is no count.
std::optional<std::uint32_t> count_of(std::uint64_t value) {
  if (value >= kUnbounded) return {};
  return static_cast<std::uint32_t>(value);
}
std::optional<std::uint32_t> sum(std::uint32_t a, std::uint32_t b) {
  if (a == kUnbounded || b == kUnbounded) return kUnbounded;
  return count_of(std::uint64_t{a} + b);
}
std::optional<std::uint32_t> product(std::uint32_t a, std::uint32_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == kUnbounded || b == kUnbounded) return kUnbounded;
  return count_of(std::uint64_t{a} * b);
}

}  // namespace

std::uint32_t bytes_of(std::uint32_t count, std::uint32_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{count} * bytes, Node::kMost));
}

Regex Store::finish(Nodes::Interned interned) {
  if (!interned.is_new) return interned.regex;
  Node& node = nodes[interned.regex];
  const Node& a = nodes[Regex{node.a}];
  const Node& b = nodes[Regex{node.b}];
  std::uint32_t below = 0;
  std::uint32_t longest_least = 0;  // of the operands that are looked at
  const auto look_at = [&](std::span<const std::uint32_t> operands) {
    node.least = Node::kMost;
    for (const std::uint32_t operand : operands) {
      node.least = std::min(node.least, nodes[Regex{operand}].least);
      longest_least = std::max(longest_least, nodes[Regex{operand}].least);
      below = std::max(below, nodes[Regex{operand}].height);
      node.plain &= nodes[Regex{operand}].plain;
      node.count = std::max(node.count, nodes[Regex{operand}].count);
    }
  };
  const auto nullable = [&](std::uint32_t operand) { return is_nullable(Regex{operand}); };
  const auto is_row = [&](std::uint32_t operand) { return nodes[Regex{operand}].rows; };
  switch (node.kind) {
    case Kind::nothing:
      break;
    case Kind::bytes:
      node.least = 1;
      break;
    case Kind::literal:
      node.least = node.b;
      break;
    case Kind::empty_text:
      node.nullable = node.rows = true;
      break;
    case Kind::branch:
      look_at(nodes.operands(node).subspan(node.b / 2));
      node.least = std::min(node.least + 1, Node::kMost);
      below = 0;
      break;
    case Kind::concat:
      node.nullable = a.nullable && b.nullable;
      node.plain = a.plain && b.plain;
      node.rows = a.rows && b.rows;
      node.least = std::min(a.least + b.least, Node::kMost);
      node.count = std::max(a.count, b.count);
      below = a.nullable ? std::max(a.height, b.height) : a.height;
      break;
    case Kind::either:
      node.nullable = std::ranges::any_of(nodes.operands(node), nullable);
      node.rows = std::ranges::all_of(nodes.operands(node), is_row);
      look_at(nodes.operands(node));
      break;
    case Kind::both:
      node.nullable = std::ranges::all_of(nodes.operands(node), nullable);
      look_at(nodes.operands(node));
      node.least = longest_least;
      node.plain = false;
      break;
    case Kind::remainder:
      node.nullable = is_multiple(nodes.operands(node));
      break;
    case Kind::complement:
      node.nullable = !a.nullable;
      node.plain = false;
      node.count = a.count;
      below = a.height;
      break;
    case Kind::repeat:
      node.nullable = node.b == 0;
      node.plain = a.plain;
      node.rows = a.rows;
      node.least = bytes_of(node.b, a.least);
      node.count = std::max(a.count, node.c == kUnbounded || node.c == 1
                                         ? 0
                                         : bytes_of(node.c, std::max(a.least, 1U)));
      below = a.height;
      break;
  }
  node.height = below + 1;
  if (node.height > kMaxHeight) fuel.spend(~std::uint64_t{0});
  return fuel.spend() ? interned.regex : kNothing;
}

Regex Store::make(Kind kind, std::span<const Regex> operands) {
  List<std::uint32_t> words(operands.size());
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(operands[i]);
  return make(kind, std::span<const std::uint32_t>(words));
}

void sort_operands(List<Regex>& operands) { sort_and_unite(operands); }

Repetition Repetition::of(const Store& store, Regex r) {
  const Regex head = store.head(r);
  const Node& node = store.nodes[head];
  if (node.kind != Kind::repeat) return {head, store.tail(r), 1, 1};
  return {Regex{node.a}, store.tail(r), node.b, node.c};
}

Expressions::Expressions(Fuel& fuel) : fuel_(fuel), store_(std::make_unique<Store>(fuel)) {
  store_->make(Kind::nothing, kNothing);
  store_->make(Kind::empty_text, kNothing);
  bytes(ByteSet::all());
  store_->make(Kind::repeat, kAnyByte, 0, kUnbounded);
}

Expressions::~Expressions() = default;

Regex Expressions::bytes(const ByteSet& set) {
  if (set.is_empty()) return kNothing;
  if (set.size() == 1) {
    const auto byte = static_cast<char>(set.first());
    return literal({&byte, 1});
  }
  std::array<std::uint32_t, 8> words = {};
  for (std::size_t i = 0; i < 8; ++i)
    words[i] = static_cast<std::uint32_t>(set.words()[i / 2] >> i % 2 * 32);
  return store_->make(Kind::bytes, words);
}

Regex Expressions::literal(std::string_view text) {
  if (text.empty()) return kEmptyText;
  Regex rest = kEmptyText;
  while (text.size() > kMaxLiteral) {
    const std::size_t cut = (text.size() - 1) / kMaxLiteral * kMaxLiteral;
    const Regex last = store_->finish(store_->nodes.intern_literal(text.substr(cut)));
    rest = concat_one(last, rest);
    text = text.substr(0, cut);
  }
  return concat_one(store_->finish(store_->nodes.intern_literal(text)), rest);
}

Regex Expressions::anything() { return kAnything; }

Regex Expressions::concat(Regex first, Regex second) {
  const Nodes& nodes = store_->nodes;
  if (nodes[first].kind != Kind::concat) return concat_one(first, second);
  if (second == kEmptyText) return first;
  if (second == kNothing) return kNothing;
  List<Regex> heads;  // the right operand of a concat may be long, its left is not
  for (; nodes[first].kind == Kind::concat; first = Regex{nodes[first].b})
    heads.push_back(Regex{nodes[first].a});
  second = concat_one(first, second);
  for (std::size_t i = heads.size(); i-- > 0;) second = concat_one(heads[i], second);
  return second;
}

Regex Expressions::concat_one(Regex first, Regex second) {
  Store& store = *store_;
  if (first == kNothing || second == kNothing) return kNothing;
  if (first == kEmptyText) return second;
  if (second == kEmptyText) return first;
  if (second == kAnything && store.is_nullable(first)) return kAnything;
  const Regex next = store.head(second);
  if (store.nodes[first].kind == Kind::literal && store.nodes[next].kind == Kind::literal) {
    const std::string_view a = store.nodes.text(store.nodes[first]);
    const std::string_view b = store.nodes.text(store.nodes[next]);
    if (a.size() + b.size() > kMaxLiteral)
      return store.make(Kind::concat, first, static_cast<std::uint32_t>(second));
    const ByteString joined = {a, b};
    const Regex literal = store.finish(store.nodes.intern_literal(joined));
    const Regex rest = store.tail(second);
    if (rest == kEmptyText) return literal;
    return store.make(Kind::concat, literal, static_cast<std::uint32_t>(rest));
  }
  const Repetition a = Repetition::of(store, first);
  const Repetition b = Repetition::of(store, second);
  if (a.base == b.base)
    if (const auto min = sum(a.min, b.min), max = sum(a.max, b.max); min && max)
      return concat_one(repeat(a.base, *min, *max), b.rest);
  return store.make(Kind::concat, first, static_cast<std::uint32_t>(second));
}

Regex Expressions::concat(std::span<const Regex> parts) {
  Regex result = kEmptyText;
  for (std::size_t i = parts.size(); i-- > 0;) result = concat(parts[i], result);
  return result;
}

Regex Expressions::complement(Regex a) {
  if (a == kNothing) return kAnything;
  if (a == kAnything) return kNothing;
  if (store_->nodes[a].kind == Kind::complement) return Regex{store_->nodes[a].a};
  return store_->make(Kind::complement, a);
}

Regex Expressions::without(Regex a, Regex b) { return both(a, complement(b)); }

Regex Expressions::repeat(Regex a, std::uint32_t min, std::uint32_t max) {
  if (max < min) return kNothing;
  if (max == 0 || a == kEmptyText) return kEmptyText;
  if (a == kNothing) return min == 0 ? kEmptyText : kNothing;
  if (store_->is_nullable(a)) min = 0;
  if (max == 1 && (min == 1 || store_->is_nullable(a))) return a;
  const Node node = store_->nodes[a];
  if (node.kind == Kind::repeat) {
    // k times b to c are k*b to k*c; no count between min and max is left out where those of one k
    // meet those of the next.
    const auto meets = [&](std::uint64_t k) {
      return (node.c == kUnbounded && k > 0) || (k + 1) * node.b <= k * node.c + 1;
    };
    const bool has_no_gap = min == max || (meets(min) && meets(std::max(min, 1U)));
    const auto least = product(min, node.b);
    const auto most = product(max, node.c);
    if (has_no_gap && least && most) return repeat(Regex{node.a}, *least, *most);
  }
  return store_->make(Kind::repeat, a, min, max);
}

bool Expressions::is_nullable(Regex a) const { return store_->is_nullable(a); }

std::uint32_t Expressions::greatest_count(Regex a) const { return store_->nodes[a].count; }

}  // namespace runtime::grammar::regex
