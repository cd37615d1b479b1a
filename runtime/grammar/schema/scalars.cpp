// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/scalars.h"

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/json_text.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {

using regex::kNothing;
using regex::Regex;

ScalarSets::ScalarSets(regex::Expressions& e)
    : e_(e),
      all_{Scalars::kNull | Scalars::kTrue | Scalars::kFalse, regex::any_number(e),
           regex::any_string(e)},
      plain_(plain_numbers(e)) {}

Regex ScalarSets::both(Regex a, Regex b, Regex all) {
  return a == all ? b : b == all ? a : e_.both(a, b);
}

Scalars ScalarSets::both(const Scalars& a, const Scalars& b) {
  return {static_cast<std::uint8_t>(a.words & b.words), both(a.number, b.number, all_.number),
          both(a.string, b.string, all_.string)};
}

Scalars ScalarSets::either(const Scalars& a, const Scalars& b) {
  const auto join = [this](Regex x, Regex y, Regex all) {
    return x == all || y == all ? all : e_.either(x, y);
  };
  return {static_cast<std::uint8_t>(a.words | b.words), join(a.number, b.number, all_.number),
          join(a.string, b.string, all_.string)};
}

Scalars ScalarSets::complement(const Scalars& a) {
  const auto rest = [this](Regex x, Regex all, Regex whole) {
    return x == all ? kNothing : x == kNothing ? all : e_.without(whole, x);
  };
  return {static_cast<std::uint8_t>(all_.words & ~a.words), rest(a.number, all_.number, plain_),
          rest(a.string, all_.string, all_.string)};
}

bool ScalarSets::is_nothing(const Scalars& a) {
  return a.words == 0 && e_.is_nothing(a.number) && e_.is_nothing(a.string);
}

Regex ScalarSets::text(const Scalars& a) {
  List<Regex> parts = {a.number, a.string};
  if ((a.words & Scalars::kNull) != 0) parts.push_back(e_.literal("null"));
  if ((a.words & Scalars::kTrue) != 0) parts.push_back(e_.literal("true"));
  if ((a.words & Scalars::kFalse) != 0) parts.push_back(e_.literal("false"));
  return e_.either(parts);
}

}  // namespace runtime::grammar::schema
