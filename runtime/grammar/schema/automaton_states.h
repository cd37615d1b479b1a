// SPDX-License-Identifier: Apache-2.0
// Numbers for sequences of words: what a state of an automaton made on demand has to remember is
// such a sequence, and its number is the state.
//
//   Sequences states;
//   const std::uint32_t id = states.intern({{kObject, form, position}});
//   states[id][1];    // form
#pragma once

#include <cstdint>
#include <span>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar::schema {

class Sequences {
 public:
  // `words` may not lie in this.
  std::uint32_t intern(std::span<const std::uint32_t> words);
  // Valid until the next call of intern.
  std::span<const std::uint32_t> operator[](std::uint32_t id) const {
    return std::span(words_).subspan(ends_[id], ends_[id + 1] - ends_[id]);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(ends_.size() - 1); }

 private:
  List<std::uint32_t> words_;
  List<std::uint32_t> ends_ = {0};  // sequence i: words_[ends_[i], ends_[i + 1])
  IdTable ids_;
};

}  // namespace runtime::grammar::schema
