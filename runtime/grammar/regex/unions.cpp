// SPDX-License-Identifier: Apache-2.0
// Unions in their normal form: no operand nothing, nothing twice, at most one set of bytes, and one
// branch for all operands that begin with a known byte:
//
//   "abc" | "abd" | "x" | [xy] | "q" r   ->   [xy] | branch {a: "b" [cd], q: r}
//   X{1,3} Y | X{2,9} Y                  ->   X{1,9} Y
//   [ab] Y | [ab] Z                      ->   [ab] (Y | Z)
//   C* Z | X Y C* Z                      ->   C* Z              where C is any character
//
// These keep the derivatives of repeats and of large enumerations few and small.
#include <algorithm>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

bool is_any_row(const Store& store, Regex r) {
  const Node& node = store.nodes[r];
  return node.kind == Kind::repeat && Regex{node.a} == store.any_character && node.b == 0 &&
         node.c == kUnbounded;
}

class Union {
 public:
  Union(Expressions& expressions, Store& store) : e_(expressions), store_(store), nesting_(store) {}

  void add(Regex r);
  Regex finish();

 private:
  // An operand that begins with `byte`, or what follows it in a branch.
  struct Lead {
    std::uint32_t byte;
    Regex regex;
    bool is_follow;
  };

  void add_leads(const Node& branch);
  void join_leads();
  Regex follow_of(std::span<const Lead> same_byte);
  std::size_t common_prefix(std::span<const Lead> leads) const;
  Regex stripped(Regex r, std::size_t bytes);
  void drop_absorbed();
  void join_complements();
  void join_repetitions();
  void join_heads();

  Expressions& e_;
  Store& store_;
  Nesting nesting_;
  bool is_anything_ = false;
  bool has_empty_text_ = false;
  ByteSet set_;
  List<Lead> leads_;
  List<Regex> complements_;  // of what
  List<Regex> others_;
};

void Union::add(Regex r) {
  const Node node = store_.nodes[r];
  switch (node.kind) {
    case Kind::nothing:
      return;
    case Kind::empty_text:
      has_empty_text_ = true;
      return;
    case Kind::bytes:
      set_ |= store_.nodes.set(node);
      return;
    case Kind::branch:
      add_leads(node);
      return;
    case Kind::complement:
      complements_.push_back(Regex{node.a});
      return;
    case Kind::either:
      for (std::uint32_t i = 0; i < node.b; ++i) add(Regex{store_.nodes.operands(node)[i]});
      return;
    case Kind::repeat:
      is_anything_ |= r == kAnything;
      if (node.b != 0 || node.c != 1) break;
      has_empty_text_ = true;
      add(Regex{node.a});
      return;
    case Kind::literal:
      if (node.b != 1) break;
      set_ |= store_.nodes.set(node);
      return;
    case Kind::concat:
    case Kind::both:
    case Kind::remainder:
      break;
  }
  const std::string_view prefix = store_.prefix(r);
  if (prefix.empty() || nesting_.is_deep())
    others_.push_back(r);
  else
    leads_.push_back({static_cast<std::uint8_t>(prefix[0]), r, false});
}

void Union::add_leads(const Node& branch) {
  const auto words = store_.nodes.operands(branch);
  const std::size_t count = words.size() / 2;
  for (std::size_t i = 0; i < count; ++i)
    leads_.push_back({words[i], Regex{words[count + i]}, true});
}

Regex Union::stripped(Regex r, std::size_t bytes) {
  const std::string_view prefix = store_.prefix(r);
  const Regex rest = store_.tail(r);
  if (prefix.size() == bytes) return rest;
  return e_.concat(e_.literal(prefix.substr(bytes)), rest);
}

std::size_t Union::common_prefix(std::span<const Lead> leads) const {
  if (std::ranges::any_of(leads, &Lead::is_follow)) return 1;
  const std::string_view first = store_.prefix(leads[0].regex);
  std::size_t common = first.size();
  for (const Lead& lead : leads.subspan(1)) {
    const std::string_view other = store_.prefix(lead.regex);
    const auto end = std::ranges::mismatch(first.substr(0, common), other).in1;
    common = static_cast<std::size_t>(end - first.begin());
  }
  return common;
}

// What may follow the first byte of these, which all begin with it.
Regex Union::follow_of(std::span<const Lead> leads) {
  if (leads.size() == 1) return leads[0].is_follow ? leads[0].regex : stripped(leads[0].regex, 1);
  const std::size_t common = common_prefix(leads);
  List<Regex> rests;
  for (const Lead& lead : leads)
    rests.push_back(lead.is_follow ? lead.regex : stripped(lead.regex, common));
  const Regex rest = e_.either(rests);
  if (common == 1) return rest;
  return e_.concat(e_.literal(store_.prefix(leads[0].regex).substr(1, common - 1)), rest);
}

void Union::join_leads() {
  for (std::size_t i = 0, count = leads_.size(); i < count; ++i) {
    const auto byte = static_cast<std::uint8_t>(leads_[i].byte);
    if (!set_.contains(byte)) continue;
    set_ &= ~ByteSet::range(byte, byte);
    leads_.push_back({byte, kEmptyText, true});
  }
  if (leads_.size() == 1 && !leads_[0].is_follow) return others_.push_back(leads_[0].regex);
  heap_sort(std::span(leads_), [](const Lead& a, const Lead& b) { return a.byte < b.byte; });
  List<std::uint32_t> bytes;
  List<std::uint32_t> follows;
  for (std::size_t i = 0, end = 0; i < leads_.size(); i = end) {
    while (end < leads_.size() && leads_[end].byte == leads_[i].byte) ++end;
    const Regex follow = follow_of(std::span(leads_).subspan(i, end - i));
    if (follow == kEmptyText) {
      set_.insert(static_cast<std::uint8_t>(leads_[i].byte));
    } else if (follow != kNothing) {
      bytes.push_back(leads_[i].byte);
      follows.push_back(static_cast<std::uint32_t>(follow));
    }
  }
  if (bytes.size() == 1) {
    const auto byte = static_cast<char>(bytes[0]);
    others_.push_back(e_.concat(e_.literal({&byte, 1}), Regex{follows[0]}));
  } else if (!bytes.empty()) {
    bytes.append(follows);
    others_.push_back(store_.make(Kind::branch, bytes));
  }
}

void Union::drop_absorbed() {
  if (std::ranges::none_of(others_, [&](Regex r) { return store_.is_absorbing(r); })) return;
  List<Regex> kept;
  for (const Regex r : others_) {
    const auto holds = [&](Regex wide) {
      return wide != r && store_.is_absorbing(wide) && store_.absorbs(wide, r) &&
             (wide < r || !store_.absorbs(r, wide));
    };
    if (std::ranges::none_of(others_, holds)) kept.push_back(r);
  }
  others_ = std::move(kept);
}

void Union::join_complements() {
  if (complements_.empty()) return;
  const Regex r = e_.complement(complements_.size() == 1 ? complements_[0] : e_.both(complements_));
  is_anything_ |= r == kAnything;
  others_.push_back(r);
}

// X{1,3} Y | X{2,9} Y: counts that meet are one repeat.
void Union::join_repetitions() {
  List<Repetition> all;
  for (const Regex r : others_) all.push_back(Repetition::of(store_, r));
  if (std::ranges::all_of(all, [](const Repetition& r) { return r.max == 1; })) return;
  heap_sort(std::span(all), [](const Repetition& a, const Repetition& b) {
    if (a.base != b.base) return a.base < b.base;
    return a.rest != b.rest ? a.rest < b.rest : a.min < b.min;
  });
  others_.clear();
  for (std::size_t i = 0, next = 0; i < all.size(); i = next) {
    Repetition& joined = all[i];
    for (next = i + 1; next < all.size(); ++next) {
      const Repetition& other = all[next];
      if (other.base != joined.base || other.rest != joined.rest) break;
      if (joined.max != kUnbounded && other.min > joined.max + 1) break;
      joined.max = std::max(joined.max, other.max);
    }
    if (has_empty_text_ && joined.rest == kEmptyText && joined.min == 1 && joined.max > 1)
      joined.min = 0;
    others_.push_back(e_.concat(e_.repeat(joined.base, joined.min, joined.max), joined.rest));
  }
}

// X Y | X Z  ->  X (Y | Z), except for counted X, whose counts may still meet others.
void Union::join_heads() {
  if (others_.size() < 2 || nesting_.is_deep()) return;
  const auto head = [&](Regex r) { return store_.head(r); };
  heap_sort(std::span(others_), [&](Regex a, Regex b) { return head(a) < head(b); });
  List<Regex> joined;
  for (std::size_t i = 0, next = 0; i < others_.size(); i = next) {
    const Regex shared = head(others_[i]);
    const Node& node = store_.nodes[shared];
    next = i + 1;
    if (node.kind != Kind::repeat || node.c == kUnbounded)
      while (next < others_.size() && head(others_[next]) == shared) ++next;
    if (next == i + 1) {
      joined.push_back(others_[i]);
      continue;
    }
    List<Regex> tails;
    for (std::size_t k = i; k < next; ++k) tails.push_back(store_.tail(others_[k]));
    joined.push_back(e_.concat(shared, e_.either(tails)));
  }
  others_ = std::move(joined);
}

Regex Union::finish() {
  join_complements();
  if (is_anything_) return kAnything;
  drop_absorbed();
  if (others_.size() + (has_empty_text_ ? 1 : 0) > 1) join_repetitions();
  join_heads();
  join_leads();
  if (!set_.is_empty()) others_.push_back(e_.bytes(set_));
  sort_operands(others_);
  for (const Regex r : complements_)
    if (std::ranges::binary_search(others_, r)) return kAnything;
  if (others_.empty()) return has_empty_text_ ? kEmptyText : kNothing;
  Regex result = others_[0];
  if (others_.size() > 1) result = store_.make(Kind::either, others_);
  return has_empty_text_ ? e_.repeat(result, 0, 1) : result;
}

}  // namespace

bool Store::is_absorbing(Regex a) const {
  return is_any_row(*this, head(a)) || is_any_row(*this, head(tail(a)));
}

bool Store::absorbs(Regex a, Regex b) const {
  for (;; b = tail(b)) {
    if (a == b) return true;
    if (nodes[b].kind == Kind::either) {
      const auto is_in = [&](std::uint32_t operand) { return absorbs(a, Regex{operand}); };
      return std::ranges::all_of(nodes.operands(nodes[b]), is_in);
    }
    if (nodes[b].kind != Kind::concat || nodes[a].kind != Kind::concat) return false;
    if (!is_any_row(*this, head(a))) {
      if (head(a) != head(b)) return false;
      a = tail(a);
      continue;
    }
    if (head(a) == head(b) && absorbs(tail(a), tail(b))) return true;
    if (!nodes[head(b)].rows) return false;
  }
}

Regex Expressions::either(Regex a, Regex b) {
  if (a == b || b == kNothing) return a;
  if (a == kNothing) return b;
  const Regex parts[] = {a, b};
  return either(parts);
}

Regex Expressions::either(std::span<const Regex> parts) {
  Union result(*this, *store_);
  for (const Regex part : parts) result.add(part);
  return result.finish();
}

}  // namespace runtime::grammar::regex
