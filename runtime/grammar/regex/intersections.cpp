// SPDX-License-Identifier: Apache-2.0
// Intersections in their normal form: at most one set of bytes and one complement, operands sorted,
// what is easily seen to be empty is kNothing.
//
//   r & ~"a" & ~"b"         ->   r & ~[ab]
//   X{0,9} Y & X{2,5} Y     ->   X{2,5} Y
//   X C* Z & ~(C* Z)        ->   nothing    where C is any character
//   "abc" & r               ->   "abc" or nothing
#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

class Intersection {
 public:
  Intersection(Expressions& expressions, Store& store)
      : e_(expressions), store_(store), nesting_(store) {}

  void add(Regex r);
  Regex finish();

 private:
  void resolve_set();
  bool resolve_literal();
  bool heads_are_disjoint() const;
  bool excludes(Regex r) const;
  void drop_wider_repetitions();
  bool all_nullable() const {
    return std::ranges::all_of(others_, [&](Regex r) { return store_.is_nullable(r); });
  }

  Expressions& e_;
  Store& store_;
  Nesting nesting_;
  bool is_nothing_ = false;
  bool is_empty_text_ = false;
  bool has_set_ = false;
  ByteSet set_ = ByteSet::all();
  List<Regex> complements_;  // of what
  List<Regex> others_;
};

void Intersection::add(Regex r) {
  const Node node = store_.nodes[r];
  switch (node.kind) {
    case Kind::nothing:
      is_nothing_ = true;
      return;
    case Kind::empty_text:
      is_empty_text_ = true;
      return;
    case Kind::bytes:
      has_set_ = true;
      set_ &= store_.nodes.set(node);
      return;
    case Kind::complement:
      complements_.push_back(Regex{node.a});
      return;
    case Kind::both:
      for (std::uint32_t i = 0; i < node.b; ++i) add(Regex{store_.nodes.operands(node)[i]});
      return;
    case Kind::literal:
      if (node.b != 1) break;
      has_set_ = true;
      set_ &= store_.nodes.set(node);
      return;
    default:
      break;
  }
  if (r != kAnything) others_.push_back(r);
}

// Each byte of the set is in the intersection or not; the outermost constructor asks.
void Intersection::resolve_set() {
  if (others_.empty() || store_.nesting > 1) return;
  ByteSet kept;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto b = static_cast<std::uint8_t>(byte);
    const auto is_in = [&](Regex r) { return store_.is_nullable(e_.derivative(r, b)); };
    if (set_.contains(b) && std::ranges::all_of(others_, is_in)) kept.insert(b);
  }
  set_ = kept;
  others_.clear();
}

// So is a literal.
bool Intersection::resolve_literal() {
  if (store_.nesting > 1) return false;
  const auto found =
      std::ranges::find_if(others_, [&](Regex r) { return store_.nodes[r].kind == Kind::literal; });
  if (found == others_.end()) return false;
  const Regex literal = *found;
  const ByteString text(store_.nodes.text(store_.nodes[literal]));
  for (Regex r : others_) {
    for (const char byte : text) r = e_.derivative(r, static_cast<std::uint8_t>(byte));
    if (!store_.is_nullable(r)) is_nothing_ = true;
  }
  others_.assign(1, literal);
  return true;
}

// Whether no byte can begin all of them; where that can be told at a glance.
bool Intersection::heads_are_disjoint() const {
  ByteSet common = set_;
  for (const Regex r : others_) {
    const Node& node = store_.nodes[store_.head(r)];
    if (node.kind == Kind::bytes || node.kind == Kind::literal) common &= store_.nodes.set(node);
    if (node.kind != Kind::branch) continue;
    ByteSet firsts;
    for (const std::uint32_t byte : store_.nodes.operands(node).first(node.b / 2))
      firsts.insert(static_cast<std::uint8_t>(byte));
    common &= firsts;
  }
  return common.is_empty();
}

// Whether an operand is seen to be in r, whose texts are not to be there.
bool Intersection::excludes(Regex r) const {
  if (std::ranges::binary_search(others_, r)) return true;
  if (store_.nodes[r].kind == Kind::either)
    return std::ranges::any_of(store_.nodes.operands(store_.nodes[r]),
                               [&](std::uint32_t operand) { return excludes(Regex{operand}); });
  return store_.is_absorbing(r) &&
         std::ranges::any_of(others_, [&](Regex other) { return store_.absorbs(r, other); });
}

void Intersection::drop_wider_repetitions() {
  if (others_.size() < 2) return;
  const auto is_wider = [&](Regex r) {
    const Repetition wide = Repetition::of(store_, r);
    const bool is_absorbing = store_.is_absorbing(r);
    return std::ranges::any_of(others_, [&](Regex other) {
      const Repetition narrow = Repetition::of(store_, other);
      if (other != r && is_absorbing && store_.absorbs(r, other)) return true;
      return other != r && narrow.base == wide.base && narrow.rest == wide.rest &&
             narrow.min >= wide.min && narrow.max <= wide.max;
    });
  };
  List<Regex> kept;
  for (const Regex r : others_)
    if (!is_wider(r)) kept.push_back(r);
  others_ = std::move(kept);
}

Regex Intersection::finish() {
  if (is_nothing_) return kNothing;
  if (!complements_.empty()) {
    const Regex r =
        e_.complement(complements_.size() == 1 ? complements_[0] : e_.either(complements_));
    if (r == kNothing) return kNothing;
    if (r != kAnything) others_.push_back(r);
  }
  if (is_empty_text_) return !has_set_ && all_nullable() ? kEmptyText : kNothing;
  sort_operands(others_);
  for (const Regex r : complements_)
    if (excludes(r)) return kNothing;
  if (heads_are_disjoint()) return kNothing;
  if (has_set_) {
    resolve_set();
    if (set_.is_empty() || others_.empty()) return e_.bytes(set_);
    others_.push_back(e_.bytes(set_));
  } else if (resolve_literal() && is_nothing_) {
    return kNothing;
  }
  drop_wider_repetitions();
  if (others_.empty()) return kAnything;
  if (others_.size() == 1) return others_[0];
  sort_operands(others_);
  return store_.make(Kind::both, others_);
}

}  // namespace

Regex Expressions::both(Regex a, Regex b) {
  if (a == b || b == kAnything) return a;
  if (a == kAnything) return b;
  const Regex parts[] = {a, b};
  return both(parts);
}

Regex Expressions::both(std::span<const Regex> parts) {
  Intersection result(*this, *store_);
  for (const Regex part : parts) result.add(part);
  return result.finish();
}

}  // namespace runtime::grammar::regex
