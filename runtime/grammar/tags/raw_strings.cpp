// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/raw_strings.h"

#include <algorithm>
#include <utility>

#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar::tags {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::kNothing;
using regex::Regex;

// Strings whose every character is spelled in the one way of json::spelling.
Regex one_spelling(Expressions& e) {
  ByteSet plain = ByteSet::range(0x20, 0xff);
  ByteSet excluded = ByteSet::of("\"\\");
  Regex characters = e.bytes(plain & ~excluded);
  char buffer[6];
  for (unsigned byte = 0; byte < 0x80; ++byte) {
    const std::string_view spelled = json::spelling(static_cast<std::uint8_t>(byte), buffer);
    if (spelled.size() > 1) characters = e.either(characters, e.literal(spelled));
  }
  const Regex quote = e.literal("\"");
  return e.concat({{quote, e.repeat(characters, 0, regex::kUnbounded), quote}});
}

}  // namespace

Regex strings_without(Expressions& e, std::span<const ByteString> forbidden) {
  Regex allowed = one_spelling(e);
  char buffer[6];
  for (const ByteString& text : forbidden) {
    ByteString spelled;
    for (const char byte : text) spelled += json::spelling(static_cast<std::uint8_t>(byte), buffer);
    allowed = e.without(allowed, e.concat({{e.anything(), e.literal(spelled), e.anything()}}));
  }
  return allowed;
}

std::optional<State> RawStrings::start(Regex json, std::span<const ByteString> forbidden) {
  const Regex allowed = e_.both(json, strings_without(e_, forbidden));
  if (e_.is_nothing(allowed)) return std::nullopt;
  return state_of(e_.derivative(allowed, '"'));
}

State RawStrings::state_of(Regex rest) {
  const std::uint32_t local = rests_.intern({{static_cast<std::uint32_t>(rest)}});
  if (local >= 1U << State::kLocalBits) {
    e_.fuel().spend(~std::uint64_t{0});  // no answer is that long
    return State::of(index_, 0);
  }
  return State::of(index_, local);
}

bool RawStrings::expand(State state, List<Edge>& edges) {
  const Regex rest{rests_[state.local()][0]};
  List<std::pair<Regex, ByteSet>> targets;
  char buffer[6];
  for (unsigned byte = 0; byte < 256; ++byte) {
    Regex next = rest;
    for (const char sign : json::spelling(static_cast<std::uint8_t>(byte), buffer))
      next = e_.derivative(next, static_cast<std::uint8_t>(sign));
    if (next == kNothing) continue;
    auto target = std::find_if(targets.begin(), targets.end(),
                               [&](const auto& known) { return known.first == next; });
    if (target == targets.end()) target = targets.insert(target, {next, ByteSet()});
    target->second.insert(static_cast<std::uint8_t>(byte));
  }
  for (const auto& [next, bytes] : targets)
    if (!e_.is_nothing(next)) edges.push_back(Edge::read(e_.bytes(bytes), state_of(next)));
  return e_.is_nullable(e_.derivative(rest, '"'));
}

}  // namespace runtime::grammar::tags
