// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/arrays.h"

#include <algorithm>
#include <cstddef>

#include "runtime/grammar/list.h"

namespace runtime::grammar::schema {
namespace {

constexpr std::size_t kMaxContains = 4;
constexpr std::size_t kMaxEntries = 1U << 18;
constexpr std::uint64_t kMany = 1U << 20;

// Whether a text can go on in endlessly many ways until the value's last sign: then a value that
// may not be repeated can always become another one.
bool is_extensible(const ObjectForm& form, Satisfiable& satisfiable) {
  if (form.max_properties != kNoLimit) return false;
  return std::ranges::any_of(form.classes, [&](const KeyClass& keys) {
    regex::Expressions& e = satisfiable.expressions();
    return satisfiable.has_value(keys.value) &&
           e.count(e.both(keys.key, satisfiable.one_spelling()), kMany) >= kMany;
  });
}

bool is_extensible(const ArrayForm& form, Satisfiable& satisfiable) {
  return form.max_items == kNoLimit && !form.unique && form.contains.empty() &&
         satisfiable.has_value(form.rest);
}

}  // namespace

Array::Array(const ArrayForm& form, Satisfiable& satisfiable)
    : satisfiable_(satisfiable),
      unique_(form.unique && form.max_items > 1),
      min_(form.min_items),
      max_(form.max_items) {
  for (const Contains& contains : form.contains) {
    if (contains.min > 0 || contains.max != kNoLimit) contains_.push_back(contains);
  }
  if (contains_.size() > kMaxContains) {
    refusal_ = "too many contains";
    return;
  }
  std::size_t positions = form.prefix.size();
  for (const Contains& contains : contains_) {
    positions = std::max<std::size_t>(positions, contains.from);
  }
  if (positions > kMaxEntries) {
    refusal_ = "too many items with a schema of their own";
    return;
  }
  for (std::size_t i = 0; i <= positions; ++i) {
    add_choices(i < form.prefix.size() ? form.prefix[i] : form.rest);
  }
  limit_length();
  if (unique_) check_unique();
  if (!contains_.empty()) tabulate();
}

// An item, parted by what counts it. An item that is counted by none may still be what a contains
// without upper limit asks for; where items are unique, and where there is a limit, it may not.
void Array::add_choices(Node item) {
  const std::size_t position = ends_.size();
  for (std::uint32_t counted = 1U << contains_.size(); counted-- > 0;) {
    Node node = item;
    bool may_count = true;
    for (std::size_t i = 0; i < contains_.size(); ++i) {
      if (position < contains_[i].from) {
        may_count &= (counted >> i & 1) == 0;
      } else if ((counted >> i & 1) != 0) {
        node = satisfiable_.both(node, contains_[i].item);
      } else if (unique_ || contains_[i].max != kNoLimit) {
        node = satisfiable_.both(node, satisfiable_.negation(contains_[i].item));
      }
    }
    if (may_count && satisfiable_.has_value(node)) choices_.push_back({node, counted});
  }
  ends_.push_back(static_cast<std::uint32_t>(choices_.size()));
}

std::span<const Array::Choice> Array::choices_at(std::size_t position) const {
  position = std::min(position, ends_.size() - 1);
  const std::size_t first = position == 0 ? 0 : ends_[position - 1];
  return std::span(choices_).subspan(first, ends_[position] - first);
}

// The first position that no item can take ends the array.
void Array::limit_length() {
  for (std::uint32_t i = 0; i < ends_.size() && i < max_; ++i) {
    if (choices_at(i).empty()) max_ = i;
  }
  last_ = max_;
  if (max_ == kNoLimit) {
    last_ = std::max(min_, static_cast<std::uint32_t>(ends_.size() - 1));
  }
  for (const Contains& contains : contains_) {
    count_limits_.push_back(contains.max != kNoLimit ? contains.max : contains.min);
  }
}

// How many different values a node has. Composite values: endlessly many, or refused.
std::uint64_t Array::values_of(Node item) const {
  const Form& form = satisfiable_.form(item);
  regex::Expressions& e = satisfiable_.expressions();
  bool composite = false;
  for (const ObjectForm& object : form.objects) {
    composite = true;
    if (!is_extensible(object, satisfiable_)) return 0;
  }
  for (const ArrayForm& array : form.arrays) {
    composite = true;
    if (!is_extensible(array, satisfiable_)) return 0;
  }
  return composite ? kMany : e.count(e.both(form.scalars, satisfiable_.one_spelling()), kMany);
}

// Unique items are enforced where at each position more values are allowed than can be taken by the
// items before it.
void Array::check_unique() {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const bool is_rest = i + 1 == ends_.size();
    const std::uint64_t needed = is_rest ? min_ : std::min<std::uint64_t>(min_, i + 1);
    for (const Choice& choice : choices_at(i)) {
      const std::uint64_t values = values_of(choice.item);
      if (values == 0) {
        refusal_ = "unique items that are objects or arrays of limited size";
        return;
      }
      if (values >= kMany) continue;
      if (!contains_.empty()) {
        refusal_ = "contains among unique items that have few values";
        return;
      }
      if (values >= needed) continue;
      // All items out of the same few values: a short array is all there can be.
      if (ends_.size() == 1) {
        max_ = static_cast<std::uint32_t>(values);
      } else {
        refusal_ = "unique items with few values at some position";
      }
      return;
    }
  }
}

bool Array::may_close(const ArrayState& state) const {
  if (state.items < min_) return false;
  for (std::size_t i = 0; i < contains_.size(); ++i) {
    if (state.counts[i] < contains_[i].min) return false;
  }
  return true;
}

ArrayState Array::after(const ArrayState& state, std::uint32_t counted) const {
  ArrayState next = state;
  next.started = true;
  next.items = std::min(state.items + 1, last_);
  for (std::size_t i = 0; i < contains_.size(); ++i) {
    if ((counted >> i & 1) != 0) next.counts[i] = std::min(state.counts[i] + 1, count_limits_[i]);
  }
  return next;
}

// Whether a contains that has enough lets another such item be counted. Where it has no upper limit
// the choice that does not count it covers the item as well, unless choices are exact.
bool Array::may_count(const ArrayState& state, std::uint32_t counted) const {
  for (std::size_t i = 0; i < contains_.size(); ++i) {
    if ((counted >> i & 1) == 0 || state.counts[i] < count_limits_[i]) continue;
    if (!unique_ || contains_[i].max != kNoLimit) return false;
  }
  return true;
}

List<Array::Choice> Array::next_items(const ArrayState& state) const {
  List<Choice> items;
  if (state.items >= max_) return items;
  for (const Choice& choice : choices_at(state.items)) {
    if (may_count(state, choice.counted) && is_possible(after(state, choice.counted)))
      items.push_back(choice);
  }
  return items;
}

// Which states lead to the end of the array, from the last to the first: items and counts only
// grow.
void Array::tabulate() {
  std::size_t entries = std::size_t{last_} + 1;
  for (const std::uint32_t limit : count_limits_) {
    if (entries > kMaxEntries) break;
    entries *= std::size_t{limit} + 1;
  }
  if (entries > kMaxEntries) {
    refusal_ = "contains beside too large limits of the number of items";
    return;
  }
  possible_.resize(entries);
  ArrayState state = start();
  for (std::size_t at = entries; at-- > 0;) {
    std::size_t left = at;
    for (std::size_t i = contains_.size(); i-- > 0;) {
      state.counts[i] = static_cast<std::uint32_t>(left % (count_limits_[i] + 1));
      left /= count_limits_[i] + 1;
    }
    state.items = static_cast<std::uint32_t>(left);
    possible_[at] = may_close(state) || !next_items(state).empty() ? 1 : 0;
  }
}

std::size_t Array::entry(const ArrayState& state) const {
  std::size_t entry = state.items;
  for (std::size_t i = 0; i < contains_.size(); ++i) {
    entry = entry * (count_limits_[i] + 1) + state.counts[i];
  }
  return entry;
}

bool Array::is_possible(const ArrayState& state) const {
  if (contains_.empty()) return state.items <= max_ && min_ <= max_;
  return possible_[entry(state)] != 0;
}

}  // namespace runtime::grammar::schema
