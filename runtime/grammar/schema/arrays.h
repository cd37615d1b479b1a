// SPDX-License-Identifier: Apache-2.0
// Array: what an array's next item may be, given how many it has and which they are. Like Object,
// it avoids every state from which the array cannot be brought to an end.
//
//   {"contains": {"type": "string"}, "minContains": 2, "maxItems": 2}
//     every item: a string that counts;  the end: once two count
#pragma once

#include <cstddef>
#include <cstdint>

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
  struct Way {
    Node item = kAnyValue;
    ArrayState next;
  };

  Array(const ArrayForm& form, Satisfiable& satisfiable);

  // What cannot be enforced; nullptr if nothing.
  const char* refusal() const { return refusal_; }

  bool has_value() const { return refusal_ == nullptr && is_possible(start()); }
  ArrayState start() const { return {false, 0, List<std::uint32_t>(contains_.size(), 0), {}}; }
  bool may_close(const ArrayState& state) const;
  // What the next item may be, each with the state behind it (without the item in `seen`).
  List<Way> ways(const ArrayState& state) const;
  bool unique() const { return unique_; }

 private:
  struct Choice {
    Node item = kAnyValue;
    std::uint32_t counted = 0;  // by which contains, as bits
  };

  List<Choice> choices(Node item, std::size_t position) const;
  const List<Choice>& choices_at(std::uint32_t items) const;
  void limit_length();
  void check_unique();
  std::uint64_t values_of(Node item) const;
  bool may_count(const ArrayState& state, std::uint32_t counted) const;
  void tabulate();
  bool is_possible(const ArrayState& state) const;
  std::size_t entry(const ArrayState& state) const;
  ArrayState after(const ArrayState& state, std::uint32_t counted) const;

  Satisfiable& satisfiable_;
  const char* refusal_ = nullptr;
  bool unique_ = false;
  std::uint32_t min_ = 0;
  std::uint32_t max_ = kNoLimit;
  std::uint32_t last_ = 0;  // from here on, more items are as many
  List<Contains> contains_;
  List<std::uint32_t> count_limits_;  // from here on, more counted items are as many
  List<List<Choice>> choices_;        // by position; the last is that of the rest
  List<std::uint8_t> possible_;       // by entry(), where items are counted by contains
};

}  // namespace runtime::grammar::schema
