// SPDX-License-Identifier: Apache-2.0
// Lookahead: may all texts of a string follow that are made of certain kinds of characters? Then
// all tokens below a node of a trie are allowed, and none of them needs to be walked.
//
//   [^/]+" ,  at its begin   every text without a "/" may follow
//   .{0,9}" , after "ab      every text of 7 characters may follow
//   ("name" | [^"]*)": ,  after "na   every text that does not go on with a character like "m"
//
// The answers are lower bounds: "no" says nothing. What was found out about a tuple is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/grammar/lexer.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/string_characters.h"

namespace runtime::grammar {

class Lookahead {
 public:
  Lookahead(Lexer& lexer, regex::Expressions& expressions)
      : lexer_(lexer), expressions_(expressions), character_(string_character(expressions)) {}

  // Before each mask: how many further tuples may be looked at to see how far texts reach.
  void begin_mask(unsigned looks) { looks_left_ = looks; }

  // Whether all texts of such characters, of so many bytes at the most, may follow `tuple`.
  bool allows_all(Tuple tuple, Kinds kinds, std::size_t bytes);

  // Whether most characters may follow; perhaps not for long.
  bool allows_most(Tuple tuple);

  // Whether every character leads from `tuple` back to it, and no member ends on the way.
  bool stays(Tuple tuple) {
    const View& view = view_of(tuple);
    return view.leaving == 0 && !view.has_ends;
  }

  // Where all texts of up to so many characters may follow, whichever they are, and no longer ones.
  std::optional<std::uint32_t> limit(Tuple tuple);

  // The lexer has forgotten its tuples.
  void clear() {
    views_.clear();
    steps_.clear();
  }

 private:
  // What is known of a tuple.
  struct View {
    bool is_known = false, has_reach = false;
    bool has_ends = false;    // on the way through a character
    bool is_last = false;     // no character may follow
    std::uint32_t first = 0;  // of its steps
    std::uint32_t count = 0;
    Kinds failing = 0;  // some character of these may not follow
    Kinds leaving = 0;  // all characters of others lead back to the tuple
    Kinds refused = 0;  // texts of `reach` characters without these may follow
    std::uint32_t reach = 0;
  };
  // Where whole characters lead.
  struct Step {
    Kinds kinds;
    Tuple to;
  };

  View& view_of(Tuple tuple);
  void look_around(Tuple tuple, View& view);
  void add_steps(Kinds kind, std::uint32_t first);
  bool read_rest(Tuple tuple, std::uint8_t state, View& view);
  bool is_dead_end(Tuple tuple) const;
  void search_reach(Tuple tuple);

  Lexer& lexer_;
  regex::Expressions& expressions_;
  regex::Regex character_;
  List<View> views_;  // by index of the tuple
  List<Step> steps_;  // of all views
  unsigned looks_left_ = 0;

  List<std::pair<std::uint8_t, Tuple>> partial_;  // within a character
  List<Tuple> ends_of_characters_;
  List<Tuple> met_;
};

}  // namespace runtime::grammar
