// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/nodes.h"

#include <algorithm>

namespace runtime::grammar::regex {
namespace {

std::uint32_t mix(std::uint32_t hash, std::uint32_t word) {
  hash = (hash ^ word) * 0x9e3779b1U;
  return hash ^ hash >> 15;
}

std::uint32_t hash_of(std::string_view text) {
  auto hash =
      mix(static_cast<std::uint32_t>(Kind::literal), static_cast<std::uint32_t>(text.size()));
  for (const char byte : text) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x01000193U;
  return mix(hash, 0);
}

}  // namespace

template <class Equal>
std::size_t Nodes::slot(std::uint32_t hash, const Equal& equal) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash & mask;
  for (; table_[at] != 0; at = (at + 1) & mask) {
    const Node& node = nodes_[table_[at] - 1];
    if (node.hash == hash && equal(node)) break;
  }
  return at;
}

Nodes::Interned Nodes::insert(std::size_t slot, Kind kind, std::uint32_t hash, std::uint32_t a,
                              std::uint32_t b, std::uint32_t c) {
  const Regex regex{static_cast<std::uint32_t>(nodes_.size())};
  table_[slot] = static_cast<std::uint32_t>(nodes_.size()) + 1;
  nodes_.push_back({.kind = kind, .a = a, .b = b, .c = c, .hash = hash});
  if (nodes_.size() * 2 > table_.size()) grow();
  return {regex, true};
}

void Nodes::grow() {
  table_.assign(table_.size() * 2, 0);
  const std::size_t mask = table_.size() - 1;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    std::size_t at = nodes_[i].hash & mask;
    while (table_[at] != 0) at = (at + 1) & mask;
    table_[at] = i + 1;
  }
}

Nodes::Interned Nodes::intern(Kind kind, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const std::uint32_t hash = mix(mix(mix(static_cast<std::uint32_t>(kind), a), b), c);
  const std::size_t at = slot(hash, [&](const Node& node) {
    return node.kind == kind && node.a == a && node.b == b && node.c == c;
  });
  if (table_[at] != 0) return {Regex{table_[at] - 1}, false};
  return insert(at, kind, hash, a, b, c);
}

Nodes::Interned Nodes::intern(Kind kind, std::span<const std::uint32_t> words) {
  auto hash = static_cast<std::uint32_t>(kind);
  for (const std::uint32_t word : words) hash = mix(hash, word);
  const std::size_t at = slot(hash, [&](const Node& node) {
    return node.kind == kind && std::ranges::equal(operands(node), words);
  });
  if (table_[at] != 0) return {Regex{table_[at] - 1}, false};
  const auto offset = static_cast<std::uint32_t>(operands_.size());
  operands_.append(words);
  return insert(at, kind, hash, offset, static_cast<std::uint32_t>(words.size()), 0);
}

Nodes::Interned Nodes::intern_literal(std::string_view literal) {
  const std::uint32_t hash = hash_of(literal);
  const std::size_t at = slot(
      hash, [&](const Node& node) { return node.kind == Kind::literal && text(node) == literal; });
  if (table_[at] != 0) return {Regex{table_[at] - 1}, false};
  const bool is_inside =
      literal.data() >= texts_.data() && literal.data() < texts_.data() + texts_.size();
  const auto offset =
      static_cast<std::uint32_t>(is_inside ? literal.data() - texts_.data() : texts_.size());
  if (!is_inside) texts_ += literal;
  return insert(at, Kind::literal, hash, offset, static_cast<std::uint32_t>(literal.size()), 0);
}

ByteSet Nodes::set(const Node& bytes) const {
  if (bytes.kind == Kind::literal) return ByteSet::of(text(bytes).substr(0, 1));
  const auto words = operands(bytes);
  ByteSet set;
  for (std::size_t i = 0; i < 4; ++i)
    set |= ByteSet::of_word(i, words[2 * i] | std::uint64_t{words[2 * i + 1]} << 32);
  return set;
}

Regex Nodes::follow(const Node& branch, std::uint8_t byte) const {
  const auto words = operands(branch);
  const auto firsts = words.first(words.size() / 2);
  const auto found = std::ranges::lower_bound(firsts, byte);
  if (found == firsts.end() || *found != byte) return kNothing;
  return Regex{words[static_cast<std::size_t>(found - firsts.begin()) + firsts.size()]};
}

std::uint32_t Nodes::add_row(std::uint32_t size) {
  const auto row = static_cast<std::uint32_t>(rows_.size());
  rows_.resize(rows_.size() + size, kUnknown);
  return row;
}

}  // namespace runtime::grammar::regex
