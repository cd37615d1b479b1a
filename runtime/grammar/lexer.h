// SPDX-License-Identifier: Apache-2.0
// Lexer: reads bytes with all regular expressions of a row at once. What is left of them is a
// tuple; tuples are interned, and the table from tuple and byte to tuple is filled where a text
// comes by.
//
//   Tuple t = lexer.start({number, word});     // 0: [0-9]+   1: [0-9a-z]+
//   t = lexer.next(t, '4');                    // 0: [0-9]*   1: [0-9a-z]*    ends(t)
//   t = lexer.next(t, 'x');                    // 1: [0-9a-z]*                ends(t)
//   t = lexer.next(t, '!');                    // kDead
//
// Law: a member that can match nothing any more is not in a tuple, so that a tuple other than kDead
// is never a dead end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar {

// The lowest bit says whether some member has come to an end.
enum class Tuple : std::uint32_t { kDead = 0 };

inline bool ends(Tuple tuple) { return (static_cast<std::uint32_t>(tuple) & 1U) != 0; }

class Lexer {
 public:
  struct Member {
    std::uint32_t group = 0;  // its index in start()
    regex::Regex rest = regex::kNothing;
    bool ends = false;    // the text so far is one of the expression
    bool goes_on = true;  // some longer text is

    friend bool operator==(const Member&, const Member&) = default;
  };

  explicit Lexer(regex::Expressions& expressions);

  // The expressions match some text each, and not only the empty one.
  Tuple start(std::span<const regex::Regex> expressions);

  // As good as `tuple` for texts of up to `bytes` bytes; all tuples that are reached from it are as
  // good as they have to be then. Tuples that differ only beyond that are often one here.
  Tuple within(Tuple tuple, std::uint32_t bytes);

  Tuple next(Tuple tuple, std::uint8_t byte) {
    const Steps& steps = steps_[index_of(tuple)];
    const std::uint32_t known = nexts_[steps.first + steps.classes[byte]];
    return known != kUnknown ? Tuple{known} : find_next(tuple, byte);
  }

  // Whether both bytes are one step from `tuple`; once some step from there has been made.
  bool is_same_step(Tuple tuple, unsigned a, unsigned b) const {
    const std::uint8_t* classes = steps_[index_of(tuple)].classes;
    return classes[a] == classes[b];
  }

  // Ordered by group. Valid until the next call of start or next.
  std::span<const Member> members(Tuple tuple) const {
    const Range range = ranges_[index_of(tuple)];
    return {members_.data() + range.first, range.count};
  }

  // Forgets all tuples.
  void clear();
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kUnknownStep = 0, kDeadStep = 1;  // in nexts_
  static constexpr std::uint32_t kUnknown = 0xffff'ffff;
  static constexpr std::uint32_t kMaxClassified = 8;  // members; of more, bytes are told apart

  static constexpr std::uint32_t kEndless = 0xffff'ffff;

  struct Range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t horizon = kEndless;  // bytes that are read from here at the most
  };

  // Where a byte leads is in nexts_, by its class. At first all bytes are in one.
  struct Steps {
    const std::uint8_t* classes = nullptr;
    std::uint32_t first = 0;
  };

  static std::uint32_t index_of(Tuple tuple) { return static_cast<std::uint32_t>(tuple) >> 1; }
  Tuple find_next(Tuple tuple, std::uint8_t byte);
  void classify(std::uint32_t index);
  bool add_member(std::uint32_t group, regex::Regex rest);
  Tuple intern(std::uint32_t horizon);

  regex::Expressions& expressions_;
  List<Member> members_;  // of all tuples
  List<Range> ranges_;    // of each tuple in members_
  List<Steps> steps_;     // of each tuple
  List<std::uint32_t> nexts_;
  IdTable interned_;
  List<Member> scratch_;
};

}  // namespace runtime::grammar
