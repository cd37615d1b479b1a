// SPDX-License-Identifier: Apache-2.0
// Horizons: what matters of an expression to texts of limited length. Counts that these cannot
// exhaust are none, so that states which differ in them are one.
//
// A plain expression has no dead ends, so each of its counts is looked at alone. Those of an
// intersection A & B may lead to one; as a rule A limits the length of B. Of these only B matters
// where A, as far as the horizon and from everywhere in it to the next end of B, allows all that B
// allows:  A' = within(A, horizon + rest of B),  B is in A'.
#include <algorithm>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

constexpr unsigned kMaxDepth = 64;        // of an expression that is looked at
constexpr std::uint32_t kCharacter = 12;  // bytes, however it is escaped

std::uint32_t plus(std::uint32_t a, std::uint32_t b) { return std::min(a + b, Node::kMost); }

}  // namespace

std::uint32_t Store::rest_of(Regex r, unsigned depth) {
  const Node node = nodes[r];
  const auto index = static_cast<std::size_t>(r);
  if (index < rests.size() && rests[index] != 0) return rests[index] - 1;
  if (depth > kMaxDepth || node.kind == Kind::remainder) return Node::kMost;
  const Regex a{node.a};
  std::uint32_t rest = node.least;
  switch (node.kind) {
    case Kind::branch:
      for (std::uint32_t i = node.b / 2; i < node.b; ++i)
        rest = std::max(rest, rest_of(Regex{nodes.operands(node)[i]}, depth + 1));
      break;
    case Kind::either:
      for (std::uint32_t i = 0; i < node.b; ++i)
        rest = std::max(rest, rest_of(Regex{nodes.operands(node)[i]}, depth + 1));
      break;
    case Kind::concat:
      rest = std::max(plus(rest_of(a, depth + 1), nodes[Regex{node.b}].least),
                      rest_of(Regex{node.b}, depth + 1));
      break;
    case Kind::repeat:
      rest = plus(rest_of(a, depth + 1), node.least);
      break;
    default:
      break;
  }
  if (index >= rests.size()) rests.resize(index + index / 2 + 64);
  rests[index] = rest + 1;
  return rest;
}

Regex Expressions::within(Regex a, std::uint32_t bytes, unsigned depth) {
  Store& store = *store_;
  const Node node = store.nodes[a];
  if (node.count <= bytes || depth > kMaxDepth) return a;
  const std::uint32_t hash = mix(mix(0, static_cast<std::uint32_t>(a)), bytes);
  const std::uint32_t known = store.horizon_ids.find(hash, [&](std::uint32_t i) {
    return store.horizons[i].of == a && store.horizons[i].bytes == bytes;
  });
  if (known != IdTable::kNone) return store.horizons[known].within;

  const auto operand = [&](std::uint32_t i) { return Regex{store.nodes.operands(node)[i]}; };
  List<Regex> parts;
  Regex result = a;
  switch (node.kind) {
    case Kind::branch:
      for (std::uint32_t i = 0; i < node.b / 2; ++i) {
        const auto byte = static_cast<char>(store.nodes.operands(node)[i]);
        const Regex follow = within(operand(i + node.b / 2), bytes, depth + 1);
        parts.push_back(concat(literal({&byte, 1}), follow));
      }
      result = either(parts);
      break;
    case Kind::either:
      for (std::uint32_t i = 0; i < node.b; ++i)
        parts.push_back(within(operand(i), bytes, depth + 1));
      result = either(parts);
      break;
    case Kind::concat:
      result =
          concat(within(Regex{node.a}, bytes, depth + 1), within(Regex{node.b}, bytes, depth + 1));
      break;
    case Kind::repeat: {
      const std::uint32_t least = std::max(store.nodes[Regex{node.a}].least, 1U);
      const bool ends = node.c == 1 || bytes_of(node.c, least) <= bytes;
      result = repeat(within(Regex{node.a}, bytes, depth + 1), node.b, ends ? node.c : kUnbounded);
      break;
    }
    case Kind::both:
      for (std::uint32_t i = 0; node.b == 2 && result == a && i < 2; ++i)
        if (const auto one = without_limit(operand(1 - i), operand(i), bytes, depth)) result = *one;
      break;
    default:
      break;
  }
  if (fuel_.exhausted()) return a;
  store.horizon_ids.insert(hash, static_cast<std::uint32_t>(store.horizons.size()));
  store.horizons.push_back({a, bytes, result});
  return result;
}

// Of an intersection of both.
std::optional<Regex> Expressions::without_limit(Regex limit, Regex a, std::uint32_t bytes,
                                                unsigned depth) {
  if (!store_->nodes[limit].plain || !store_->nodes[a].plain) return {};
  const std::uint32_t far = bytes + store_->rest_of(a, depth);
  if (far >= Node::kMost) return {};
  const Regex endless = within(limit, far, depth + 1);
  const Regex near = within(a, bytes, depth + 1);
  // Without counts but those within characters, what is asked is the same for many expressions.
  if (endless == limit || !includes(endless, within(near, kCharacter, depth + 1))) return {};
  return near;
}

}  // namespace runtime::grammar::regex
