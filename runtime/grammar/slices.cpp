// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/slices.h"

#include <algorithm>
#include <utility>

namespace runtime::grammar {
namespace {

using regex::ByteSet;
using regex::Regex;

// UTF-8 without the characters that JSON wants escaped, as an automaton (Unicode, table 3-7).
// State 0 is before a character.
struct Arc {
  std::uint8_t from, first, last, to;
};
constexpr Arc kCharacter[] = {{0, 0x20, 0x21, 0}, {0, 0x23, 0x5b, 0}, {0, 0x5d, 0x7f, 0},
                              {0, 0xc2, 0xdf, 1}, {0, 0xe0, 0xe0, 4}, {0, 0xe1, 0xec, 2},
                              {0, 0xed, 0xed, 5}, {0, 0xee, 0xef, 2}, {0, 0xf0, 0xf0, 6},
                              {0, 0xf1, 0xf3, 3}, {0, 0xf4, 0xf4, 7}, {1, 0x80, 0xbf, 0},
                              {2, 0x80, 0xbf, 1}, {3, 0x80, 0xbf, 2}, {4, 0xa0, 0xbf, 1},
                              {5, 0x80, 0x9f, 1}, {6, 0x90, 0xbf, 2}, {7, 0x80, 0x8f, 2}};
constexpr std::uint8_t kRefused = 0xff;

std::uint8_t next_state(std::uint8_t state, std::uint8_t byte) {
  for (const Arc& arc : kCharacter)
    if (arc.from == state && arc.first <= byte && byte <= arc.last) return arc.to;
  return kRefused;
}

// The longest beginning of a text that is whole characters.
struct Head {
  std::size_t bytes = 0;
  std::uint32_t characters = 0;
};

Head head_of(std::string_view text) {
  Head head;
  std::uint8_t state = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    state = next_state(state, static_cast<std::uint8_t>(text[i]));
    if (state == kRefused) break;
    if (state == 0) head = {i + 1, head.characters + 1};
  }
  return head;
}

}  // namespace

StringSlices::StringSlices(std::span<const TokenText> tokens, std::uint32_t vocabulary_size) {
  constexpr std::array<std::uint32_t, 3> kLongest = {regex::kUnbounded, 30, 10};
  std::array<std::vector<TokenText>, 3> rests;
  std::vector<TokenText> tails;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    slices_[i].longest = kLongest[i];
    slices_[i].bitmap.resize((vocabulary_size + 31) / 32);
  }
  for (const TokenText& token : tokens) {
    const Head head = head_of(token.text);
    const bool is_whole = head.bytes == token.text.size();
    if (!is_whole) tails.push_back({token.text.substr(head.bytes), token.id});
    for (std::size_t i = 0; i < slices_.size(); ++i) {
      if (is_whole && head.characters > 0 && head.characters <= kLongest[i]) {
        slices_[i].bitmap[token.id / 32] |= 1U << token.id % 32;
      } else {
        rests[i].push_back(token);
      }
    }
  }
  for (std::size_t i = 0; i < slices_.size(); ++i) slices_[i].rest = TokenTrie(std::move(rests[i]));
  tails_ = TokenTrie(std::move(tails));
}

const StringSlice* StringSlices::for_length(std::uint32_t characters) const {
  for (const StringSlice& slice : slices_)
    if (slice.longest <= characters) return &slice;
  return nullptr;
}

Regex StringSlices::character(regex::Expressions& expressions) {
  // By states from the last to the first: what is left of a character.
  std::array<Regex, 8> from{};
  from[0] = regex::kEmptyText;
  for (const std::uint8_t state : {1, 2, 3, 4, 5, 6, 7, 0}) {
    std::vector<Regex> parts;
    for (const Arc& arc : kCharacter) {
      if (arc.from != state) continue;
      const Regex byte = expressions.bytes(ByteSet::range(arc.first, arc.last));
      parts.push_back(expressions.concat(byte, from[arc.to]));
    }
    from[state] = expressions.either(parts);
  }
  return from[0];
}

bool StringSlices::stays(Lexer& lexer, Tuple tuple) {
  constexpr std::size_t kMaxPairs = 32;
  std::vector<std::pair<std::uint8_t, Tuple>> pairs = {{0, tuple}};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (const Arc& arc : kCharacter) {
      if (arc.from != pairs[i].first) continue;
      for (unsigned byte = arc.first; byte <= arc.last; ++byte) {
        const Tuple next = lexer.next(pairs[i].second, static_cast<std::uint8_t>(byte));
        if (next == Tuple::kDead || ends(next) || (arc.to == 0 && next != tuple)) return false;
        const std::pair<std::uint8_t, Tuple> pair{arc.to, next};
        if (std::ranges::find(pairs, pair) != pairs.end()) continue;
        if (pairs.size() == kMaxPairs) return false;
        pairs.push_back(pair);
      }
    }
  }
  return true;
}

}  // namespace runtime::grammar
