// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/numbers.h"

#include <algorithm>
#include <cstdint>

namespace runtime::grammar::schema {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::kEmptyText;
using regex::kNothing;
using regex::kUnbounded;
using regex::Regex;

constexpr std::size_t kMaxDigits = 2000;

Regex digit(Expressions& e, char first = '0', char last = '9') {
  if (first > last) return kNothing;
  return e.bytes(ByteSet::range(static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)));
}

Regex digits(Expressions& e, std::size_t min, std::size_t max) {
  return e.repeat(digit(e), static_cast<std::uint32_t>(min), static_cast<std::uint32_t>(max));
}

Regex digit_beyond(Expressions& e, char least, char bound, bool greater) {
  return greater ? digit(e, static_cast<char>(bound + 1))
                 : digit(e, least, static_cast<char>(bound - 1));
}

Regex any_digits(Expressions& e) { return e.repeat(digit(e), 0, kUnbounded); }
Regex zeros(Expressions& e) { return e.repeat(e.literal("0"), 0, kUnbounded); }

// "" or "." and digits.
Regex any_fraction(Expressions& e) {
  return e.optional(e.concat(e.literal("."), e.repeat(digit(e), 1, kUnbounded)));
}

// "" or "." and zeros.
Regex zero_fraction(Expressions& e) {
  return e.optional(e.concat(e.literal("."), e.repeat(e.literal("0"), 1, kUnbounded)));
}

// Numbers without sign.
Regex magnitudes(Expressions& e) {
  const Regex integer = e.either(e.literal("0"), e.concat(digit(e, '1'), any_digits(e)));
  return e.concat(integer, any_fraction(e));
}

Regex magnitude_equal(Expressions& e, const Decimal& bound) {
  if (bound.fraction.empty()) return e.concat(e.literal(bound.integer), zero_fraction(e));
  return e.concat(e.literal(ByteString{bound.integer, ".", bound.fraction}), zeros(e));
}

// What may follow an integer part equal to the bound's so that the number is greater, or less.
Regex fraction_beyond(Expressions& e, std::string_view fraction, bool greater) {
  if (fraction.empty() && !greater) return kNothing;
  Regex tail = greater ? e.concat(zeros(e), e.concat(digit(e, '1'), any_digits(e))) : kNothing;
  for (std::size_t i = fraction.size(); i-- > 0;) {
    const Regex equal = e.concat(e.literal(fraction.substr(i, 1)), tail);
    const Regex beyond = e.concat(digit_beyond(e, '0', fraction[i], greater), any_digits(e));
    // A text that ends here is less, too, since the bound's last digit is not zero.
    const Regex parts[] = {equal, beyond, greater || i == 0 ? kNothing : kEmptyText};
    tail = e.either(parts);
  }
  tail = e.concat(e.literal("."), tail);
  return greater ? tail : e.optional(tail);
}

Regex magnitude_beyond(Expressions& e, const Decimal& bound, bool greater) {
  const std::string_view integer = bound.integer;
  const std::size_t size = integer.size();
  Regex beyond = fraction_beyond(e, bound.fraction, greater);
  for (std::size_t i = size; i-- > 0;) {
    const Regex digit = digit_beyond(e, i == 0 && size > 1 ? '1' : '0', integer[i], greater);
    const Regex parts[] = {digit, digits(e, size - i - 1, size - i - 1), any_fraction(e)};
    beyond = e.either(e.concat(e.literal(integer.substr(i, 1)), beyond), e.concat(parts));
  }
  if (size == 1 && !greater) return beyond;
  // Those with more digits, or with less, of which a single one may be zero.
  const std::size_t least = greater ? size : 1;
  const Regex many[] = {digit(e, '1'), digits(e, least, greater ? kUnbounded : size - 2),
                        any_fraction(e)};
  const Regex parts[] = {beyond, greater || size > 2 ? e.concat(many) : kNothing,
                         greater ? kNothing : e.concat(digit(e), any_fraction(e))};
  return e.either(parts);
}

Regex negated(Expressions& e, Regex magnitude) { return e.concat(e.literal("-"), magnitude); }

int compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.integer.size() != b.integer.size()) return a.integer.size() < b.integer.size() ? -1 : 1;
  int order = std::string_view(a.integer).compare(b.integer);
  if (order == 0) order = std::string_view(a.fraction).compare(b.fraction);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal value;
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  ByteString digits;
  std::int64_t point = -1;  // how many of them stand before the point
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      point = static_cast<std::int64_t>(digits.size());
    } else {
      digits += text[at];
    }
  }
  if (point < 0) point = static_cast<std::int64_t>(digits.size());
  if (at < text.size()) {
    const bool down = text[++at] == '-';
    if (down || text[at] == '+') ++at;
    std::int64_t exponent = 0;
    for (; at < text.size() && exponent < 1'000'000'000; ++at) {
      exponent = exponent * 10 + (text[at] - '0');
    }
    point += down ? -exponent : exponent;
  }
  std::string_view all = digits;
  const std::size_t first = all.find_first_not_of('0');
  if (first == std::string_view::npos) return Decimal{false, {"0"}, {}};
  all = all.substr(first, all.find_last_not_of('0') + 1 - first);
  point -= static_cast<std::int64_t>(first);

  const auto size = static_cast<std::int64_t>(all.size());
  const auto limit = static_cast<std::int64_t>(kMaxDigits);
  if (size > limit || point > limit || size - point > limit) return std::nullopt;
  value.negative = negative;
  if (point <= 0) {
    value.integer += '0';
    value.fraction.resize(static_cast<std::size_t>(-point), '0');
    value.fraction += all;
  } else if (point >= size) {
    value.integer += all;
    value.integer.resize(static_cast<std::size_t>(point), '0');
  } else {
    value.integer += all.substr(0, static_cast<std::size_t>(point));
    value.fraction += all.substr(static_cast<std::size_t>(point));
  }
  return value;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

ByteString spell(const Decimal& value) {
  return {value.negative ? "-" : "", value.integer, value.fraction.empty() ? "" : ".",
          value.fraction};
}

Regex plain_numbers(Expressions& e) { return e.concat(e.optional(e.literal("-")), magnitudes(e)); }

Regex plain_integers(Expressions& e) {
  const Regex magnitude = e.either(e.literal("0"), e.concat(digit(e, '1'), any_digits(e)));
  const Regex parts[] = {e.optional(e.literal("-")), magnitude, zero_fraction(e)};
  return e.concat(parts);
}

Regex equal_to(Expressions& e, const Decimal& value) {
  const Regex magnitude = magnitude_equal(e, value);
  if (value.is_zero()) return e.concat(e.optional(e.literal("-")), magnitude);
  return value.negative ? negated(e, magnitude) : magnitude;
}

Regex bounded(Expressions& e, Bound kind, const Decimal& bound) {
  const bool greater = kind == Bound::at_least || kind == Bound::greater_than;
  const bool or_equal = kind == Bound::at_least || kind == Bound::at_most;
  const bool is_negative = bound.is_zero() ? !greater : bound.negative;
  const bool away_from_zero = is_negative != greater;
  const Regex magnitude = magnitude_beyond(e, bound, away_from_zero);
  const Regex other_side = greater ? magnitudes(e) : negated(e, magnitudes(e));
  const Regex parts[] = {is_negative ? negated(e, magnitude) : magnitude,
                         away_from_zero ? kNothing : other_side,
                         or_equal ? equal_to(e, bound) : kNothing};
  return e.either(parts);
}

Regex multiples_of(Expressions& e, const Decimal& divisor) {
  const ByteString all = {divisor.integer, divisor.fraction};
  if (divisor.negative || divisor.is_zero() || all.size() > 32) return kNothing;
  std::uint64_t modulus = 0;
  for (const char byte : all) {
    modulus = modulus * 10 + static_cast<std::uint64_t>(byte - '0');
    if (modulus > 0xffff'ffff) return kNothing;
  }
  const Regex magnitude = e.multiples(static_cast<std::uint32_t>(modulus),
                                      static_cast<std::uint32_t>(divisor.fraction.size()));
  return e.both(e.concat(e.optional(e.literal("-")), magnitude), plain_numbers(e));
}

}  // namespace runtime::grammar::schema
