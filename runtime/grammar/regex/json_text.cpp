// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/json_text.h"

#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/store.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::regex {
namespace {

// Well-formed texts, sorted and different, that agree in their first `read` bytes: what may follow
// those. UTF-8 sorts as the characters do. Deeper than kMaxDepth, what they share is not drawn
// together.
constexpr unsigned kMaxDepth = 32;

Regex rest_of(Expressions& e, std::span<const std::string_view> texts, std::size_t read,
              unsigned depth) {
  List<Regex> parts;
  for (std::size_t i = 0, end = 0; i < texts.size(); i = end) {
    const std::string_view low = texts[i].substr(read);
    const std::string_view first = low.substr(0, low.empty() ? 0 : host::decode_utf8(low).bytes);
    end = i + 1;
    if (!low.empty() && depth < kMaxDepth)
      while (end < texts.size() && texts[end].substr(read).starts_with(first)) ++end;
    const std::string_view high = texts[end - 1].substr(read);
    auto shared = static_cast<std::size_t>(std::ranges::mismatch(low, high).in1 - low.begin());
    while (shared < low.size() && host::is_utf8_continuation(low[shared])) --shared;
    const Regex rest =
        end == i + 1 ? kEmptyText : rest_of(e, texts.subspan(i, end - i), read + shared, depth + 1);
    parts.push_back(e.concat(spelled(e, low.substr(0, shared), Text::json_string), rest));
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
  List<std::string_view> well_formed;
  for (const std::string_view text : texts) {
    std::size_t at = 0;
    while (at < text.size()) {
      const host::Utf8Character next = host::decode_utf8(text.substr(at));
      if (next.state != host::Utf8Character::State::valid) break;
      at += next.bytes;
    }
    if (at == text.size()) well_formed.push_back(text);
  }
  if (well_formed.empty()) return kNothing;
  return quoted(e, rest_of(e, sorted_texts(well_formed), 0, 0));
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
