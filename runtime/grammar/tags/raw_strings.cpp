// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/raw_strings.h"

#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"

namespace runtime::grammar::tags {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::kNothing;
using regex::Regex;

// Strings whose every character is spelled in the one way of json_spelling.
Regex one_spelling(Expressions& e) {
  ByteSet plain = ByteSet::range(0x20, 0xff);
  ByteSet excluded = ByteSet::of("\"\\");
  Regex characters = e.bytes(plain & ~excluded);
  char buffer[8];
  for (unsigned byte = 0; byte < 0x80; ++byte) {
    const std::string_view spelled = json_spelling(static_cast<std::uint8_t>(byte), buffer);
    if (spelled.size() > 1) characters = e.either(characters, e.literal(spelled));
  }
  const Regex quote = e.literal("\"");
  return e.concat({{quote, e.repeat(characters, 0, regex::kUnbounded), quote}});
}

}  // namespace

std::string_view json_spelling(std::uint8_t byte, char (&buffer)[8]) {
  static constexpr char kDigits[] = "0123456789abcdef";
  static constexpr std::string_view kShort = "\bb\tt\nn\ff\rr\"\"\\\\";
  if (byte >= 0x20 && byte != '"' && byte != '\\') {
    buffer[0] = static_cast<char>(byte);
    return {buffer, 1};
  }
  buffer[0] = '\\';
  for (std::size_t i = 0; i < kShort.size(); i += 2) {
    if (kShort[i] != static_cast<char>(byte)) continue;
    buffer[1] = kShort[i + 1];
    return {buffer, 2};
  }
  buffer[1] = 'u';
  buffer[2] = buffer[3] = '0';
  buffer[4] = kDigits[byte >> 4];
  buffer[5] = kDigits[byte & 15];
  return {buffer, 6};
}

Regex strings_without(Expressions& e, std::span<const std::string> forbidden) {
  Regex allowed = one_spelling(e);
  char buffer[8];
  for (const std::string& text : forbidden) {
    std::string spelled;
    for (const char byte : text) spelled += json_spelling(static_cast<std::uint8_t>(byte), buffer);
    allowed = e.without(allowed, e.concat({{e.anything(), e.literal(spelled), e.anything()}}));
  }
  return allowed;
}

std::optional<State> RawStrings::start(Regex json, std::span<const std::string> forbidden) {
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
  char buffer[8];
  for (unsigned byte = 0; byte < 256; ++byte) {
    Regex next = rest;
    for (const char sign : json_spelling(static_cast<std::uint8_t>(byte), buffer))
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
