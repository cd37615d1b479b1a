// SPDX-License-Identifier: Apache-2.0
// A pattern from a stranger, in both dialects: refused with a reason, or an expression that tells
// its shortest text and counts without a crash and within its fuel. What it says of a text does not
// depend on how the text is spelled.
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/support/check.h"
#include "runtime/grammar/regex/pattern.h"

namespace {

using namespace runtime::grammar;         // NOLINT: nothing else is spoken of here
using namespace runtime::grammar::regex;  // NOLINT

bool matches(Expressions& e, Regex r, std::string_view text) {
  for (const char byte : text) r = e.derivative(r, static_cast<std::uint8_t>(byte));
  return e.is_nullable(r);
}

void try_pattern(std::string_view pattern, const PatternOptions& options) {
  Fuel fuel(200'000);
  Expressions e(fuel);
  const auto parsed = parse_pattern(e, pattern, options);
  if (!parsed) {
    CHECK(*parsed.refusal().message != 0, "a mute refusal");
    return;
  }
  const auto shortest = e.shortest(*parsed);
  const bool is_nothing = e.is_nothing(*parsed);
  (void)e.count(*parsed, 10);
  if (fuel.exhausted()) return;
  CHECK(shortest.has_value() != is_nothing, "emptiness and the shortest text disagree");
  if (!shortest) return;
  const bool matched = matches(e, *parsed, *shortest);
  CHECK(matched || fuel.exhausted(), "the shortest text does not match");
  const Regex others = e.complement(*parsed);
  CHECK(e.is_nothing(e.both(*parsed, others)) || fuel.exhausted(), "a text is in and out");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 200) return 0;
  const std::string_view pattern(reinterpret_cast<const char*>(bytes), size);
  for (const auto dialect : {PatternOptions::Dialect::ecma, PatternOptions::Dialect::rust})
    for (const Text text : {Text::utf8, Text::json_string})
      try_pattern(pattern, {.dialect = dialect, .text = text, .search = size % 2 == 0});
  return 0;
}
