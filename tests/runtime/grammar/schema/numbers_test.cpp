// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/numbers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace runtime::grammar::schema {
namespace {

using regex::Expressions;
using regex::Regex;

bool matches(Expressions& e, Regex expression, std::string_view text) {
  for (const char byte : text) {
    expression = e.derivative(expression, static_cast<std::uint8_t>(byte));
  }
  return e.is_nullable(expression);
}

// Plain spellings of small and less small values, with zeros at their ends.
std::vector<std::string> spellings_of_many() {
  std::vector<std::string> texts;
  for (const char* sign : {"", "-"}) {
    for (const char* integer : {"0", "1", "2", "9", "10", "11", "19", "20", "99", "100", "101",
                                "109", "110", "120", "199", "200", "999", "1000"}) {
      for (const char* fraction : {"", ".0", ".00", ".01", ".05", ".1", ".10", ".101", ".11", ".2",
                                   ".49", ".5", ".50", ".51", ".9", ".99"}) {
        texts.push_back(std::string(sign) + integer + fraction);
      }
    }
  }
  return texts;
}

TEST(Numbers, decimals_are_read_with_their_exponents) {
  EXPECT_EQ(spell(*parse_decimal("1.50e2")), "150");
  EXPECT_EQ(spell(*parse_decimal("-0.0")), "0");
  EXPECT_EQ(spell(*parse_decimal("12e-4")), "0.0012");
  EXPECT_EQ(spell(*parse_decimal("-120.5E-1")), "-12.05");
  EXPECT_EQ(spell(*parse_decimal("0e99999999999")), "0");
  EXPECT_EQ(parse_decimal("1e999999999999999999999"), std::nullopt);
  EXPECT_EQ(*parse_decimal("1.0"), *parse_decimal("10e-1"));
}

TEST(Numbers, bounds_hold_all_spellings_of_what_is_within) {
  Fuel fuel(~std::uint64_t{0});
  Expressions e(fuel);
  const std::vector<std::string> texts = spellings_of_many();
  for (const char* bound_text : {"0", "1", "10", "100", "-1", "-10", "0.5", "-0.5", "10.1", "-10.1",
                                 "110.05", "99.99", "1e2", "0.101"}) {
    const Decimal bound = *parse_decimal(bound_text);
    const Regex least = bounded(e, Bound::at_least, bound),
                greater = bounded(e, Bound::greater_than, bound);
    const Regex most = bounded(e, Bound::at_most, bound),
                less = bounded(e, Bound::less_than, bound), equal = equal_to(e, bound);
    for (const std::string& text : texts) {
      const int order = compare(*parse_decimal(text), bound);
      EXPECT_EQ(matches(e, least, text), order >= 0) << text << " >= " << bound_text;
      EXPECT_EQ(matches(e, greater, text), order > 0) << text << " > " << bound_text;
      EXPECT_EQ(matches(e, most, text), order <= 0) << text << " <= " << bound_text;
      EXPECT_EQ(matches(e, less, text), order < 0) << text << " < " << bound_text;
      EXPECT_EQ(matches(e, equal, text), order == 0) << text << " == " << bound_text;
    }
    // A bound and its opposite part the numbers: nothing is lost, nothing is in both.
    EXPECT_TRUE(e.disjoint(least, less));
    EXPECT_TRUE(e.disjoint(most, greater));
    EXPECT_TRUE(e.is_nothing(e.without(plain_numbers(e), e.either(least, less))));
    EXPECT_TRUE(e.is_nothing(e.without(e.either(most, greater), plain_numbers(e))));
  }
}

TEST(Numbers, other_texts_are_in_none) {
  Fuel fuel;
  Expressions e(fuel);
  for (const char* text : {"", "-", "01", "-01", "1.", ".5", "1e3", "+1", "1.0.0", "00", "0x1"}) {
    EXPECT_FALSE(matches(e, plain_numbers(e), text)) << text;
    EXPECT_FALSE(matches(e, bounded(e, Bound::at_least, *parse_decimal("-5")), text)) << text;
    EXPECT_FALSE(matches(e, multiples_of(e, *parse_decimal("1")), text)) << text;
  }
}

TEST(Numbers, integers_may_have_a_fraction_of_zeros) {
  Fuel fuel;
  Expressions e(fuel);
  for (const char* text : {"0", "-0", "7", "-10", "3.0", "-3.000"}) {
    EXPECT_TRUE(matches(e, plain_integers(e), text)) << text;
  }
  for (const char* text : {"3.01", "0.5", "1e2", "-", ""}) {
    EXPECT_FALSE(matches(e, plain_integers(e), text)) << text;
  }
}

TEST(Numbers, multiples_are_exact) {
  Fuel fuel;
  Expressions e(fuel);
  struct Case {
    const char* divisor;
    unsigned hundredths;  // of it
  };
  for (const Case c : {Case{"1", 100},
                       {"2", 200},
                       {"3", 300},
                       {"7.00", 700},
                       {"0.5", 50},
                       {"0.01", 1},
                       {"1.5", 150},
                       {"0.07", 7},
                       {"10", 1000},
                       {"12e1", 12000}}) {
    const Regex multiples = multiples_of(e, *parse_decimal(c.divisor));
    for (unsigned value = 0; value < 2500; ++value) {
      const std::string fraction = std::to_string(100 + value % 100).substr(1);
      const std::string text = std::to_string(value / 100) + "." + fraction;
      EXPECT_EQ(matches(e, multiples, text), value % c.hundredths == 0) << text << c.divisor;
      EXPECT_EQ(matches(e, multiples, "-" + text + "00"), value % c.hundredths == 0) << text;
      EXPECT_FALSE(matches(e, multiples, text + "01") && c.hundredths != 0) << text;
      if (value % 100 == 0) {
        EXPECT_EQ(matches(e, multiples, std::to_string(value / 100)), value % c.hundredths == 0);
      }
    }
  }
}

TEST(Numbers, multiples_of_large_divisors_stay_small) {
  Fuel fuel;
  Expressions e(fuel);
  const Regex multiples = multiples_of(e, *parse_decimal("0.123456789"));
  EXPECT_TRUE(matches(e, multiples, "123456789"));
  EXPECT_TRUE(matches(e, multiples, "0.246913578"));
  EXPECT_FALSE(matches(e, multiples, "1" + std::string(308, '0')));
  const Regex integers = e.both(multiples, plain_integers(e));
  EXPECT_TRUE(matches(e, integers, "246913578"));
  Regex rest = integers;
  for (unsigned i = 0; i < 300; ++i) {
    rest = e.derivative(rest, '7');
    EXPECT_FALSE(e.is_nothing(rest));
  }
  EXPECT_FALSE(
      e.is_nothing(e.both(multiples, bounded(e, Bound::greater_than, *parse_decimal("1000")))));
  EXPECT_FALSE(fuel.exhausted());
}

TEST(Numbers, what_is_empty_is_known_to_be) {
  Fuel fuel;
  Expressions e(fuel);
  const Regex between = e.both(bounded(e, Bound::greater_than, *parse_decimal("1")),
                               bounded(e, Bound::less_than, *parse_decimal("2")));
  EXPECT_FALSE(e.is_nothing(between));
  EXPECT_TRUE(e.is_nothing(e.both(between, plain_integers(e))));
  EXPECT_TRUE(e.is_nothing(e.both(between, multiples_of(e, *parse_decimal("3")))));
  EXPECT_EQ(e.count(e.both(between, multiples_of(e, *parse_decimal("0.5"))), 3), 3);  // spellings
}

}  // namespace
}  // namespace runtime::grammar::schema
