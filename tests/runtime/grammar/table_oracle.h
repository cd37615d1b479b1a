// SPDX-License-Identifier: Apache-2.0
// TableOracle: whether some text of a table's language begins with a given one, worked out from the
// definition alone: the least relation that holds what each edge adds, found by going round until
// nothing changes. Slow and simple; it shares no code with what it judges.
//
//   TableOracle oracle(table);
//   oracle.begins("[[]");       // some text does
//   oracle.is_complete("[[]");  // this one is none of the language
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/runtime/grammar/table_automaton.h"

namespace tests {

class TableOracle {
 public:
  // Every state of the table can be completed.
  explicit TableOracle(const Table& table) : table_(table) {}

  bool begins(const std::string& text) { return answer(text).begins; }
  bool is_complete(const std::string& text) { return answer(text).is_complete; }

 private:
  struct Answer {
    bool begins = false;
    bool is_complete = false;
  };

  Answer answer(const std::string& text) {
    if (const auto known = answers_.find(text); known != answers_.end()) return known->second;
    if (!text.empty() && !begins(text.substr(0, text.size() - 1))) return answers_[text] = {};
    const std::size_t n = text.size();
    // derives[state][i][j]: from `state`, text[i, j) can be read to an end.
    // begins[state][i]: from `state`, a text can be read that starts with text[i, n).
    derives_.assign(table_.size(), std::vector<std::vector<bool>>(n + 1, std::vector<bool>(n + 1)));
    begins_.assign(table_.size(), std::vector<bool>(n + 1));
    do {
      changed_ = false;
      for (std::size_t state = 0; state < table_.size(); ++state)
        for (std::size_t i = n + 1; i-- > 0;) visit(text, state, i);
    } while (changed_);
    return answers_[text] = {begins_[0][0], derives_[0][0][n]};
  }

  void visit(std::string_view text, std::size_t state, std::size_t i) {
    const std::size_t n = text.size();
    if (i == n) set(begins_[state][i]);
    if (table_[state].is_final) set(derives_[state][i][i]);
    for (const TableEdge& edge : table_[state].edges) {
      if (edge.calls ? begins_[edge.callee][i] : words_begin(edge, text.substr(i)))
        set(begins_[state][i]);
      for (std::size_t j = i; j <= n; ++j) {
        if (edge.calls ? !derives_[edge.callee][i][j] : !words_match(edge, text.substr(i, j - i)))
          continue;
        if (begins_[edge.next][j]) set(begins_[state][i]);
        for (std::size_t k = j; k <= n; ++k)
          if (derives_[edge.next][j][k]) set(derives_[state][i][k]);
      }
    }
  }

  static bool words_match(const TableEdge& edge, std::string_view text) {
    return std::ranges::any_of(edge.words, [&](const std::string& word) {
      if (!text.starts_with(word)) return false;
      const std::string_view rest = text.substr(word.size());
      return rest.empty() || (edge.repeats && words_match(edge, rest));
    });
  }
  // Whether some text of the edge starts with `text`.
  static bool words_begin(const TableEdge& edge, std::string_view text) {
    return std::ranges::any_of(edge.words, [&](const std::string& word) {
      if (word.starts_with(text)) return true;
      return edge.repeats && text.starts_with(word) && words_begin(edge, text.substr(word.size()));
    });
  }

  void set(std::vector<bool>::reference bit) {
    changed_ |= !bit;
    bit = true;
  }

  const Table& table_;
  std::unordered_map<std::string, Answer> answers_;
  std::vector<std::vector<std::vector<bool>>> derives_;
  std::vector<std::vector<bool>> begins_;
  bool changed_ = false;
};

// A table of at most `max_states` states over the letters a, b, c with every kind of recursion,
// whose states can all be completed.
inline Table random_table(std::mt19937& random, std::uint32_t max_states) {
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  const auto random_words = [&] {
    std::vector<std::string> words(1 + below(2));
    for (std::string& word : words)
      for (std::uint32_t i = 0, n = 1 + below(below(3) == 0 ? 4 : 2); i < n; ++i)
        word.push_back(static_cast<char>('a' + below(3)));
    return words;
  };
  Table table(1 + below(max_states));
  const auto states = static_cast<std::uint32_t>(table.size());
  for (TableState& state : table) {
    state.is_final = below(3) == 0;
    for (std::uint32_t i = 0, n = below(4); i < n; ++i)
      state.edges.push_back(below(3) == 0 ? call(below(states), below(states))
                                          : read_any(random_words(), below(states), below(4) == 0));
  }
  // Which states can be completed; the others become final.
  std::vector<bool> completes(states);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t i = 0; i < states; ++i) {
      const bool now =
          table[i].is_final || std::ranges::any_of(table[i].edges, [&](const TableEdge& edge) {
            return completes[edge.next] && (!edge.calls || completes[edge.callee]);
          });
      changed |= now && !completes[i];
      completes[i] = completes[i] || now;
    }
  }
  for (std::uint32_t i = 0; i < states; ++i)
    if (!completes[i]) table[i].is_final = true;
  return table;
}

}  // namespace tests
