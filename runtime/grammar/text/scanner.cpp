// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/scanner.h"

#include <algorithm>

#include "runtime/grammar/regex/expressions.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::text {

bool Scanner::take(std::string_view text) {
  if (!is_next(text)) return false;
  at_ += text.size();
  return true;
}

bool Scanner::character(std::uint32_t& point) {
  if (at_end()) return refuse("the grammar is cut off");
  const host::Utf8Character next = host::decode_utf8(rest());
  if (next.state != host::Utf8Character::State::valid) return refuse("the grammar is no UTF-8");
  point = next.code_point;
  at_ += next.bytes;
  return true;
}

bool Scanner::hexadecimal(std::size_t digits, std::uint32_t& point) {
  const std::size_t start = at_;
  point = 0;
  for (std::size_t i = 0; i < digits; ++i, ++at_) {
    const int digit = host::hex_value(next());
    if (digit < 0) return refuse("an escape is not complete");
    point = point * 16 + static_cast<std::uint32_t>(digit);
  }
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    return refuse_at(start, "an escape stands for no character");
  return true;
}

std::optional<std::uint32_t> Scanner::number() {
  if (!is_digit(next())) return {};
  std::uint64_t value = 0;
  for (const char digit : take_while(is_digit))
    value = std::min<std::uint64_t>(kMaxCount, value * 10 + static_cast<unsigned>(digit - '0'));
  return static_cast<std::uint32_t>(value);
}

bool Scanner::repeat(std::uint32_t& min, std::uint32_t& max) {
  min = 0;
  max = regex::kUnbounded;
  if (take("{")) return counts(min, max);
  if (take("?")) {
    max = 1;
  } else if (take("+")) {
    min = 1;
  } else {
    return take("*");
  }
  return true;
}

// What follows "{".
bool Scanner::counts(std::uint32_t& min, std::uint32_t& max) {
  const std::size_t start = at_;
  const auto spaces = [&] { take_while([](char c) { return c == ' '; }); };
  spaces();
  const auto first = number();
  spaces();
  min = first.value_or(0);
  max = min;
  if (take(",")) {
    spaces();
    const auto second = number();
    if (!first && !second) return refuse_at(start, "a number of repeats was expected");
    max = second.value_or(regex::kUnbounded);
    spaces();
  } else if (!first) {
    return refuse_at(start, "a number of repeats was expected");
  }
  if (!take("}")) return refuse("\"}\" was expected");
  if (max < min) return refuse_at(start, "the numbers of a repeat are out of order");
  if (min == kMaxCount || max == kMaxCount)
    return refuse_at(start, "the numbers of a repeat are too large");
  return true;
}

bool Scanner::refuse_at(std::size_t at, const char* message) {
  if (!refusal_) refusal_ = {message, line_and_column(arena_, text_, at)};
  return false;
}

bool Scanner::refuse_at(std::size_t at, std::initializer_list<std::string_view> message) {
  return refuse_at(at, arena_.join(message));
}

}  // namespace runtime::grammar::text
