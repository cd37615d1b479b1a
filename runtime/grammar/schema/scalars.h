// SPDX-License-Identifier: Apache-2.0
// Scalars: a set of values that are neither arrays nor objects, closed under & | and not. Each type
// has its part, so that expressions stay small; every part holds a value with all of its spellings
// or with none, so that the complement of texts is the complement of values.
//
//   ops.without(ops.strings(any), ops.strings(pattern))
//   ops.text(scalars)        // one expression: null|true|…
#pragma once

#include <cstdint>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

struct Scalars {
  std::uint8_t words = 0;  // of kNull, kTrue, kFalse
  regex::Regex number = regex::kNothing;
  regex::Regex string = regex::kNothing;

  static constexpr std::uint8_t kNull = 1;
  static constexpr std::uint8_t kTrue = 2;
  static constexpr std::uint8_t kFalse = 4;

  friend bool operator==(const Scalars&, const Scalars&) = default;
};

class ScalarSets {
 public:
  explicit ScalarSets(regex::Expressions& e);

  const Scalars& all() const { return all_; }
  Scalars both(const Scalars& a, const Scalars& b);
  Scalars either(const Scalars& a, const Scalars& b);
  Scalars complement(const Scalars& a);
  // Exact: looks for texts where that is hidden.
  bool is_nothing(const Scalars& a);

  regex::Regex text(const Scalars& a);

 private:
  regex::Regex both(regex::Regex a, regex::Regex b, regex::Regex all);

  regex::Expressions& e_;
  Scalars all_;
  regex::Regex plain_ = regex::kNothing;  // numbers without exponent
};

}  // namespace runtime::grammar::schema
