// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/json_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/grammar/regex/code_points.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::regex {
namespace {

using Characters = std::u32string_view;

Regex spelled_json(Expressions& e, Characters characters) {
  Regex result = kEmptyText;
  for (std::size_t i = characters.size(); i-- > 0;)
    result = e.concat(
        spelled(e, CodePoints::range(characters[i], characters[i]), Text::json_string), result);
  return result;
}

// Texts, sorted and different, that agree in their first `read` characters: what may follow those.
// Deeper than kMaxDepth, what they share is not drawn together.
constexpr unsigned kMaxDepth = 32;

Regex rest_of(Expressions& e, std::span<const std::u32string> texts, std::size_t read,
              unsigned depth) {
  std::vector<Regex> parts;
  for (std::size_t i = 0, end = 0; i < texts.size(); i = end) {
    const Characters low = Characters(texts[i]).substr(read);
    end = i + 1;
    while (!low.empty() && depth < kMaxDepth && end < texts.size() && texts[end][read] == low[0])
      ++end;
    const Characters high = Characters(texts[end - 1]).substr(read);
    const auto shared =
        static_cast<std::size_t>(std::ranges::mismatch(low, high).in1 - low.begin());
    const Regex rest =
        end == i + 1 ? kEmptyText : rest_of(e, texts.subspan(i, end - i), read + shared, depth + 1);
    parts.push_back(e.concat(spelled_json(e, low.substr(0, shared)), rest));
  }
  return e.either(parts);
}

}  // namespace

Regex quoted(Expressions& e, Regex content) {
  const Regex quote = e.literal("\"");
  return e.concat(quote, e.concat(content, quote));
}

Regex string_of(Expressions& e, std::uint32_t min, std::uint32_t max) {
  return quoted(e, e.repeat(spelled(e, CodePoints::all(), Text::json_string), min, max));
}

Regex any_string(Expressions& e) { return string_of(e, 0, kUnbounded); }

Regex exactly(Expressions& e, std::string_view utf8) {
  return quoted(e, spelled(e, utf8, Text::json_string));
}

Regex any_of(Expressions& e, std::span<const std::string_view> texts) {
  std::vector<std::u32string> decoded;
  for (std::string_view text : texts) {
    std::u32string characters;
    bool is_valid = true;
    while (!text.empty()) {
      const host::Utf8Character next = host::decode_utf8(text);
      is_valid &= next.state == host::Utf8Character::State::valid;
      characters.push_back(next.code_point);
      text.remove_prefix(next.bytes);
    }
    if (is_valid) decoded.push_back(std::move(characters));
  }
  if (decoded.empty()) return kNothing;
  std::ranges::sort(decoded);
  const auto repeated = std::ranges::unique(decoded);
  decoded.erase(repeated.begin(), repeated.end());
  return quoted(e, rest_of(e, decoded, 0, 0));
}

Regex strings_except(Expressions& e, Regex strings) { return e.without(any_string(e), strings); }

Regex any_number(Expressions& e) {
  const Regex digit = e.bytes(ByteSet::range('0', '9'));
  const Regex digits = e.repeat(digit, 1, kUnbounded);
  const Regex no_leading_zero =
      e.concat(e.bytes(ByteSet::range('1', '9')), e.repeat(digit, 0, kUnbounded));
  const Regex exponent[] = {e.bytes(ByteSet::of("eE")), e.optional(e.bytes(ByteSet::of("+-"))),
                            digits};
  const Regex parts[] = {e.optional(e.literal("-")), e.either(e.literal("0"), no_leading_zero),
                         e.optional(e.concat(e.literal("."), digits)),
                         e.optional(e.concat(exponent))};
  return e.concat(parts);
}

Regex any_scalar(Expressions& e) {
  constexpr std::string_view kWords[] = {"null", "true", "false"};
  const Regex parts[] = {e.literals(kWords), any_number(e), any_string(e)};
  return e.either(parts);
}

}  // namespace runtime::grammar::regex
