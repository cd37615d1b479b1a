// SPDX-License-Identifier: Apache-2.0
// The states of arrays.
#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/arrays_unique.h"
#include "runtime/grammar/schema/automaton.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {
namespace {

using regex::kEmptyText;
using regex::Regex;

}  // namespace

State SchemaAutomaton::array_state(std::uint32_t shape, const ArrayState& state, bool after_comma) {
  Words words = {kArray,
                 shape,
                 after_comma ? 1U : 0U,
                 state.started ? 1U : 0U,
                 state.items,
                 static_cast<std::uint32_t>(state.counts.size())};
  words.append(state.counts);
  words.append(state.seen);
  return make(words);
}

ArrayState SchemaAutomaton::array_of(const Words& words) const {
  const auto counts = words.begin() + 6;
  const auto seen = counts + static_cast<std::ptrdiff_t>(words[5]);
  return {words[3] != 0, words[4], {counts, seen}, {seen, words.end()}};
}

void SchemaAutomaton::expand_array(const Words& words, List<Edge>& edges) {
  const std::uint32_t shape = words[1];
  const Array& array = *arrays_[shape];
  const ArrayState state = array_of(words);
  if (array.unique()) {
    List<std::uint32_t> counted;
    expand_unique(words, edges, counted);
  } else {
    const Regex prefix = state.started ? punctuation_.comma : kEmptyText;
    for (const auto& [item, counted] : array.next_items(state)) {
      add_value(prefix, item, array_state(shape, array.after(state, counted), false), edges);
    }
  }
  const bool after_comma = words[2] != 0;
  if (!after_comma && array.may_close(state)) {
    const Regex close = state.started ? punctuation_.close_array : punctuation_.close_empty_array;
    edges.push_back(Edge::read(close, make({{kEnd}})));
  }
}

// Scalars read the comma with them, and those that were seen are left out of their expression.
// Arrays and objects are compared when they have been read, behind the comma.
void SchemaAutomaton::expand_unique(const Words& words, List<Edge>& edges,
                                    List<std::uint32_t>& counted) {
  const std::uint32_t shape = words[1];
  const ArrayState state = array_of(words);
  const bool after_comma = words[2] != 0;
  const bool needs_comma = state.started && !after_comma;
  const Regex plain = e_.either(satisfiable_.one_spelling(), plain_numbers(e_));
  List<ByteString> texts;
  for (const std::uint32_t number : state.seen) texts.push_back(text_of(number));
  const Regex seen = plain_spellings(e_, texts);
  bool composite = false;
  for (const Array::Choice& next : arrays_[shape]->next_items(state)) {
    const Regex all = e_.both(satisfiable_.form(next.item).scalars, plain);
    const Regex scalars = e_.without(all, seen);
    if (!after_comma && !e_.is_nothing(scalars)) {
      const Regex prefix = needs_comma ? punctuation_.comma : kEmptyText;
      Edge edge = Edge::read(e_.concat(prefix, scalars), {});
      edge.captures = true;
      edges.push_back(edge);
      counted.push_back(next.counted);
    }
    if (!satisfiable_.has_composite(next.item)) continue;
    composite = true;
    if (needs_comma) continue;
    Edge edge = Edge::call(make({{kComposite, static_cast<std::uint32_t>(next.item)}}), {});
    edge.captures = true;
    edges.push_back(edge);
    counted.push_back(next.counted);
  }
  if (composite && needs_comma) {
    edges.push_back(Edge::read(punctuation_.comma, array_state(shape, state, true)));
  }
}

std::optional<State> SchemaAutomaton::after_item(const Words& words, std::size_t edge,
                                                 std::string_view text) {
  List<Edge> edges;
  List<std::uint32_t> counted;
  expand_unique(words, edges, counted);
  ArrayState next = arrays_[words[1]]->after(array_of(words), counted[edge]);
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n,"), text.size());
  const ByteString item = unique_text(text.substr(first));
  if (item.empty()) return std::nullopt;
  const std::uint32_t number = number_of(item);
  const auto place = std::ranges::lower_bound(next.seen, number);
  if (place != next.seen.end() && *place == number) return std::nullopt;
  next.seen.insert(place, number);
  return array_state(words[1], next, false);
}

}  // namespace runtime::grammar::schema
