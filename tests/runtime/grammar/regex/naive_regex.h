// SPDX-License-Identifier: Apache-2.0
// NaiveRegex: an expression that is matched as its definition says, by trying every split of the
// text. Random ones are built together with what Expressions makes of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::regex {

struct NaiveRegex {
  enum class Kind { bytes, empty, concat, either, both, complement, repeat };

  Kind kind = Kind::empty;
  std::string bytes;
  std::vector<NaiveRegex> parts;
  unsigned min = 0, max = 0;  // max kUnbounded: no limit

  bool matches(std::string_view text) const {
    switch (kind) {
      case Kind::bytes:
        return text.size() == 1 && bytes.find(text[0]) != std::string::npos;
      case Kind::empty:
        return text.empty();
      case Kind::concat:
        for (std::size_t i = 0; i <= text.size(); ++i)
          if (parts[0].matches(text.substr(0, i)) && parts[1].matches(text.substr(i))) return true;
        return false;
      case Kind::either:
        return parts[0].matches(text) || parts[1].matches(text);
      case Kind::both:
        return parts[0].matches(text) && parts[1].matches(text);
      case Kind::complement:
        return !parts[0].matches(text);
      case Kind::repeat:
        return repeats(text);
    }
    return false;
  }

 private:
  // Which numbers of repetitions, up to a count that no short text needs more of, match it.
  bool repeats(std::string_view text) const {
    constexpr unsigned kMost = 16;
    std::vector<std::set<std::size_t>> ends(kMost + 1);  // by number of repetitions
    ends[0] = {0};
    for (unsigned count = 0; count <= kMost; ++count) {
      if (count >= min && count <= max && ends[count].contains(text.size())) return true;
      if (count == kMost) break;
      for (const std::size_t from : ends[count])
        for (std::size_t to = from; to <= text.size(); ++to)
          if (parts[0].matches(text.substr(from, to - from))) ends[count + 1].insert(to);
    }
    return false;
  }
};

struct RandomRegex {
  NaiveRegex naive;
  Regex regex = kNothing;
};

// Over the bytes a, b and c.
inline RandomRegex random_regex(Expressions& e, std::mt19937& random, int depth) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  using Kind = NaiveRegex::Kind;
  if (depth == 0 || below(6) == 0) {
    if (below(6) == 0) return {{.kind = Kind::empty}, kEmptyText};
    const char* const sets[] = {"a", "b", "c", "ab", "bc", "abc", "a", "b"};
    const std::string set = sets[below(8)];
    return {{.kind = Kind::bytes, .bytes = set}, e.bytes(ByteSet::of(set))};
  }
  const RandomRegex a = random_regex(e, random, depth - 1);
  const unsigned choice = below(12);
  if (choice == 0) return {{.kind = Kind::complement, .parts = {a.naive}}, e.complement(a.regex)};
  if (choice < 4) {
    const unsigned min = below(3);
    const unsigned max = below(3) == 0 ? kUnbounded : min + below(3);
    return {{.kind = Kind::repeat, .parts = {a.naive}, .min = min, .max = max},
            e.repeat(a.regex, min, max)};
  }
  const RandomRegex b = random_regex(e, random, depth - 1);
  if (choice < 8) {
    return {{.kind = Kind::concat, .parts = {a.naive, b.naive}}, e.concat(a.regex, b.regex)};
  }
  if (choice < 11)
    return {{.kind = Kind::either, .parts = {a.naive, b.naive}}, e.either(a.regex, b.regex)};
  return {{.kind = Kind::both, .parts = {a.naive, b.naive}}, e.both(a.regex, b.regex)};
}

// Every text over the alphabet, up to this length, shortest first.
inline std::vector<std::string> all_texts(std::string_view alphabet, std::size_t length) {
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (texts[i].size() < length)
      for (const char byte : alphabet) texts.push_back(texts[i] + byte);
  return texts;
}

inline Regex after(Expressions& e, Regex r, std::string_view text) {
  for (const char byte : text) r = e.derivative(r, static_cast<std::uint8_t>(byte));
  return r;
}

inline bool matches(Expressions& e, Regex r, std::string_view text) {
  return e.is_nullable(after(e, r, text));
}

}  // namespace runtime::grammar::regex
