// SPDX-License-Identifier: Apache-2.0
// JSON numbers as texts: exact decimals, and expressions of all numbers with a property. A number
// that a schema constrains is spelled without exponent, with any zeros at the end of its fraction
// (1, 1.0 and 1.00 are one value, and so are 0 and -0.0); the expressions hold every such spelling
// of a value or none, so that & | and "plain and not" combine them exactly.
//
//   const auto limit = *parse_decimal("1.5e1");                           // 15
//   e.both(bounded(e, Bound::at_least, limit), multiples_of(e, *parse_decimal("0.5")))
//                                                                         // 15, 15.50, 16.0 …
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

struct Decimal {
  bool negative = false;  // never of zero
  ByteString integer;     // digits before the point: no leading zeros, "0" at least
  ByteString fraction;    // digits behind it: no trailing zeros

  bool is_zero() const { return integer == "0" && fraction.empty(); }
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// The value of a JSON number; none where it would have more than a few thousand digits.
std::optional<Decimal> parse_decimal(std::string_view json_number);

// -1, 0 or 1 as a is less than, equal to or greater than b.
int compare(const Decimal& a, const Decimal& b);

// The shortest plain spelling.
ByteString spell(const Decimal& value);

regex::Regex plain_numbers(regex::Expressions& e);
regex::Regex plain_integers(regex::Expressions& e);  // 7, -7.0

regex::Regex equal_to(regex::Expressions& e, const Decimal& value);

enum class Bound : std::uint8_t { at_least, greater_than, at_most, less_than };
regex::Regex bounded(regex::Expressions& e, Bound kind, const Decimal& bound);

// Nothing where the divisor is not above 0 or has too many digits.
regex::Regex multiples_of(regex::Expressions& e, const Decimal& divisor);

}  // namespace runtime::grammar::schema
