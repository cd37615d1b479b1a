// SPDX-License-Identifier: Apache-2.0
// Many literals at once, as a trie.
#include <algorithm>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

// Texts, sorted and different, that agree in their first `read` bytes: what may follow those.
Regex rest_of(Expressions& e, Store& store, std::span<const std::string_view> texts,
              std::size_t read) {
  if (texts.size() == 1) return e.literal(texts[0].substr(read));
  const Nesting nesting(store);
  List<Regex> parts;
  if (nesting.is_deep()) {
    for (const std::string_view text : texts) parts.push_back(e.literal(text.substr(read)));
    return e.either(parts);
  }
  if (texts[0].size() == read) {
    parts.push_back(kEmptyText);
    texts = texts.subspan(1);
  }
  for (std::size_t i = 0, end = 0; i < texts.size(); i = end) {
    const char first = texts[i][read];
    while (end < texts.size() && texts[end][read] == first) ++end;
    // The first and the last of a sorted run share what all of it shares.
    const std::string_view low = texts[i].substr(read);
    const auto parted = std::ranges::mismatch(low, texts[end - 1].substr(read)).in1;
    const auto shared = static_cast<std::size_t>(parted - low.begin());
    parts.push_back(e.concat(e.literal(low.substr(0, shared)),
                             rest_of(e, store, texts.subspan(i, end - i), read + shared)));
  }
  return e.either(parts);
}

}  // namespace

List<std::string_view> sorted_texts(std::span<const std::string_view> texts) {
  List<std::string_view> sorted(texts.begin(), texts.end());
  sort_and_unite(sorted);
  return sorted;
}

Regex Expressions::literals(std::span<const std::string_view> texts) {
  if (texts.empty()) return kNothing;
  return rest_of(*this, *store_, sorted_texts(texts), 0);
}

}  // namespace runtime::grammar::regex
