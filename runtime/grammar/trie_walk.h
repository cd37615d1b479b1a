// SPDX-License-Identifier: Apache-2.0
// TrieWalk: goes down a trie of tokens as far as a chart allows.
//
//   List<std::uint32_t> found;
//   TrieWalk().run(trie, {chart, trace, place, position}, found);  // the tokens that may come next
//
// Of a token's last byte it is only asked whether it may come, not what may come behind it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/grammar/chart.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/lookahead.h"
#include "runtime/grammar/token_trie.h"

namespace runtime::grammar {

// Where tokens are read from: a place after `position` bytes of the trace's text.
struct Reading {
  Chart& chart;
  Trace& trace;
  Place from;
  std::size_t position = 0;
};

class TrieWalk {
 public:
  // Appends to `found` the tokens whose text may follow; with `others`, those whose text may not.
  // With a lookahead, for a trie of tokens that are string text (string_tokens.h): what is allowed
  // whatever it is (lookahead.h) is not walked. False if the grammar's fuel ran out.
  bool run(const TokenTrie& trie, const Reading& reading, List<std::uint32_t>& found,
           Lookahead* lookahead = nullptr, bool others = false);

  // Whether a token in nodes [first, end), which are whole subtrees of one node, may follow.
  bool finds_any(const TokenTrie& trie, std::uint32_t first, std::uint32_t end,
                 const Reading& reading);

 private:
  struct Frame {
    Place place;
    std::uint32_t end = 0;  // of the subtree that is walked from this place
  };
  struct Search {
    List<std::uint32_t>& found;
    Lookahead* lookahead = nullptr;
    bool others = false;
    bool only_one = false;
  };

  void walk(const TokenTrie& trie, std::uint32_t first, std::uint32_t end, const Reading& reading,
            const Search& search);

  List<Frame> frames_;
};

}  // namespace runtime::grammar
