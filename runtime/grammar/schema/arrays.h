// SPDX-License-Identifier: Apache-2.0
// Array: what an array's next item may be, given how many it has and which they are. Like Object,
// it avoids every state from which the array cannot be brought to an end.
//
//   {"contains": {"type": "string"}, "minContains": 2, "maxItems": 2}
//     every item: a string that counts;  the end: once two count
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/normal_form.h"
#include "runtime/grammar/schema/satisfiable.h"

namespace runtime::grammar::schema {

struct ArrayState {
  bool started = false;        // has an item
  std::uint32_t items = 0;     // as far as it matters how many
  List<std::uint32_t> counts;  // of items that each contains counts, likewise
  List<std::uint32_t> seen;    // items that may not come again, by their number
};

class Array {
 public:
  // What an item may be.
  struct Choice {
    Node item = kAnyValue;
    std::uint32_t counted = 0;  // by which contains, as bits
  };

  Array(const ArrayForm& form, Satisfiable& satisfiable);

  // What cannot be enforced; nullptr if nothing.
  const char* refusal() const { return refusal_; }

  bool has_value() const { return refusal_ == nullptr && is_possible(start()); }
  ArrayState start() const { return {false, 0, List<std::uint32_t>(contains_.size(), 0), {}}; }
  bool may_close(const ArrayState& state) const;
  List<Choice> next_items(const ArrayState& state) const;
  // After such an item (which is not in `seen` yet).
  ArrayState after(const ArrayState& state, std::uint32_t counted) const;
  bool unique() const { return unique_; }

 private:
  void add_choices(Node item);
  std::span<const Choice> choices_at(std::size_t position) const;
  void limit_length();
  void check_unique();
  std::uint64_t values_of(Node item) const;
  bool may_count(const ArrayState& state, std::uint32_t counted) const;
  void tabulate();
  bool is_possible(const ArrayState& state) const;
  std::size_t entry(const ArrayState& state) const;

  Satisfiable& satisfiable_;
  const char* refusal_ = nullptr;
  bool unique_ = false;
  std::uint32_t min_ = 0;
  std::uint32_t max_ = kNoLimit;
  std::uint32_t last_ = 0;  // from here on, more items are as many
  List<Contains> contains_;
  List<std::uint32_t> count_limits_;  // from here on, more counted items are as many
  List<Choice> choices_;
  List<std::uint32_t> ends_;     // of choices_, by position; the last is that of the rest
  List<std::uint8_t> possible_;  // by entry(), where items are counted by contains
};

}  // namespace runtime::grammar::schema
