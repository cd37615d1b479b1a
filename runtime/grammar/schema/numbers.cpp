// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/numbers.h"

#include <algorithm>
#include <cstdint>
#include <utility>

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

// What may follow an integer part equal to the bound's so that the number is greater.
Regex greater_fraction(Expressions& e, std::string_view fraction) {
  Regex tail = e.concat(zeros(e), e.concat(digit(e, '1'), any_digits(e)));
  for (std::size_t i = fraction.size(); i-- > 0;) {
    const auto next = static_cast<char>(fraction[i] + 1);
    tail = e.either(e.concat(e.literal(fraction.substr(i, 1)), tail),
                    e.concat(digit(e, next), any_digits(e)));
  }
  return e.concat(e.literal("."), tail);
}

Regex magnitude_greater(Expressions& e, const Decimal& bound) {
  const std::string_view integer = bound.integer;
  Regex same_length = greater_fraction(e, bound.fraction);
  for (std::size_t i = integer.size(); i-- > 0;) {
    const auto next = static_cast<char>(integer[i] + 1);
    const std::size_t left = integer.size() - i - 1;
    const Regex greater[] = {digit(e, next), digits(e, left, left), any_fraction(e)};
    same_length =
        e.either(e.concat(e.literal(integer.substr(i, 1)), same_length), e.concat(greater));
  }
  const Regex longer[] = {digit(e, '1'), digits(e, integer.size(), kUnbounded), any_fraction(e)};
  return e.either(same_length, e.concat(longer));
}

Regex magnitude_at_least(Expressions& e, const Decimal& bound) {
  return e.either(magnitude_greater(e, bound), magnitude_equal(e, bound));
}

// What may follow an integer part equal to the bound's so that the number is less.
Regex less_fraction(Expressions& e, std::string_view fraction) {
  if (fraction.empty()) return kNothing;
  Regex tail = kNothing;
  for (std::size_t i = fraction.size(); i-- > 0;) {
    const auto previous = static_cast<char>(fraction[i] - 1);
    const Regex equal = e.concat(e.literal(fraction.substr(i, 1)), tail);
    const Regex less = e.concat(digit(e, '0', previous), any_digits(e));
    // A text that ends here is less, too, since the bound's last digit is not zero.
    const Regex parts[] = {equal, less, i == 0 ? kNothing : kEmptyText};
    tail = e.either(parts);
  }
  return e.optional(e.concat(e.literal("."), tail));
}

Regex magnitude_less(Expressions& e, const Decimal& bound) {
  const std::string_view integer = bound.integer;
  Regex same_length = less_fraction(e, bound.fraction);
  for (std::size_t i = integer.size(); i-- > 0;) {
    const char first = i == 0 && integer.size() > 1 ? '1' : '0';
    const auto previous = static_cast<char>(integer[i] - 1);
    const std::size_t left = integer.size() - i - 1;
    const Regex less[] = {digit(e, first, previous), digits(e, left, left), any_fraction(e)};
    same_length = e.either(e.concat(e.literal(integer.substr(i, 1)), same_length), e.concat(less));
  }
  if (integer.size() == 1) return same_length;
  const Regex one_digit = e.concat(digit(e), any_fraction(e));
  const Regex more[] = {digit(e, '1'), digits(e, 1, integer.size() - 2), any_fraction(e)};
  const Regex shorter = integer.size() == 2 ? one_digit : e.either(one_digit, e.concat(more));
  return e.either(shorter, same_length);
}

Regex magnitude_at_most(Expressions& e, const Decimal& bound) {
  return e.either(magnitude_less(e, bound), magnitude_equal(e, bound));
}

Regex negated(Expressions& e, Regex magnitude) { return e.concat(e.literal("-"), magnitude); }

Decimal magnitude_of(const Decimal& value) { return {false, value.integer, value.fraction}; }

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

Regex at_least(Expressions& e, const Decimal& bound) {
  if (bound.negative) {
    return e.either(magnitudes(e), negated(e, magnitude_at_most(e, magnitude_of(bound))));
  }
  const Regex positive = magnitude_at_least(e, bound);
  return bound.is_zero() ? e.either(positive, negated(e, magnitude_equal(e, bound))) : positive;
}

Regex greater_than(Expressions& e, const Decimal& bound) {
  if (!bound.negative) return magnitude_greater(e, bound);
  return e.either(magnitudes(e), negated(e, magnitude_less(e, magnitude_of(bound))));
}

Regex at_most(Expressions& e, const Decimal& bound) {
  if (bound.is_zero()) return e.either(negated(e, magnitudes(e)), magnitude_equal(e, bound));
  if (bound.negative) return negated(e, magnitude_at_least(e, magnitude_of(bound)));
  return e.either(negated(e, magnitudes(e)), magnitude_at_most(e, bound));
}

Regex less_than(Expressions& e, const Decimal& bound) {
  if (bound.is_zero()) return negated(e, magnitude_greater(e, bound));
  if (bound.negative) return negated(e, magnitude_greater(e, magnitude_of(bound)));
  return e.either(negated(e, magnitudes(e)), magnitude_less(e, bound));
}

std::optional<Regex> multiples_of(Expressions& e, const Decimal& divisor) {
  const ByteString all = {divisor.integer, divisor.fraction};
  if (all.size() > 32) return std::nullopt;
  std::uint64_t modulus = 0;
  for (const char byte : all) {
    modulus = modulus * 10 + static_cast<std::uint64_t>(byte - '0');
    if (modulus > 0xffff'ffff) return std::nullopt;
  }
  const Regex magnitude = e.multiples(static_cast<std::uint32_t>(modulus),
                                      static_cast<std::uint32_t>(divisor.fraction.size()));
  return e.both(e.concat(e.optional(e.literal("-")), magnitude), plain_numbers(e));
}

}  // namespace runtime::grammar::schema
