// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/formats.h"

#include <string>

#include "runtime/grammar/regex/json_text.h"
#include "runtime/grammar/regex/pattern.h"

namespace runtime::grammar::schema {
namespace {

struct Row {
  std::string_view name;
  std::string_view pattern;  // of the whole text; {name} stands for the pattern of a part
};

// RFC 3339 (dates, times, durations), 4122 (uuid), 2673 and 4291 (addresses), 1123 (hostname),
// 5321 (email), 3986 (uri), 6901 (json-pointer), 6570 (uri-template).
constexpr Row kRows[] = {
    {"date",
     "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|"
     "02-(?:0[1-9]|1\\d|2[0-8]))|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|"
     "[13579][26])00)-02-29)"},
    {"uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"},
};

}  // namespace

std::optional<regex::Regex> format_strings(regex::Expressions& e, std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    auto parsed = regex::parse_pattern(e, row.pattern, {.text = regex::Text::json_string});
    if (parsed) return regex::quoted(e, *parsed);
  }
  return {};
}

}  // namespace runtime::grammar::schema
