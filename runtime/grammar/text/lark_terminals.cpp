// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/lark_terminals.h"

#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/regex/pattern_classes.h"

namespace runtime::grammar::text {
namespace {

using regex::CodePoints;
using regex::Regex;

struct Common {
  std::string_view name, pattern;
};

#define EXPONENT "[eE][+-]?[0-9]+"
#define DECIMAL "([0-9]+\\.[0-9]*|\\.[0-9]+)"
#define FLOAT "([0-9]+" EXPONENT "|" DECIMAL "(" EXPONENT ")?)"

constexpr Common kCommon[] = {
    {"DIGIT", "[0-9]"},
    {"HEXDIGIT", "[0-9a-fA-F]"},
    {"INT", "[0-9]+"},
    {"SIGNED_INT", "[+-]?[0-9]+"},
    {"DECIMAL", DECIMAL},
    {"FLOAT", FLOAT},
    {"SIGNED_FLOAT", "[+-]?" FLOAT},
    {"NUMBER", "(" FLOAT "|[0-9]+)"},
    {"SIGNED_NUMBER", "[+-]?(" FLOAT "|[0-9]+)"},
    {"ESCAPED_STRING", "\"([^\"\\\\\\n]|\\\\[^\\n])*\""},
    {"LCASE_LETTER", "[a-z]"},
    {"UCASE_LETTER", "[A-Z]"},
    {"LETTER", "[a-zA-Z]"},
    {"WORD", "[a-zA-Z]+"},
    {"CNAME", "[_a-zA-Z][_a-zA-Z0-9]*"},
    {"WS_INLINE", "[ \\t]+"},
    {"WS", "[ \\t\\f\\r\\n]+"},
    {"CR", "\\r"},
    {"LF", "\\n"},
    {"NEWLINE", "(\\r?\\n)+"},
    {"SH_COMMENT", "#[^\\n]*"},
    {"CPP_COMMENT", "//[^\\n]*"},
    {"C_COMMENT", "/\\*([^*]|\\*+[^*/])*\\*+/"},
    {"SQL_COMMENT", "--[^\\n]*"},
};

#undef EXPONENT
#undef DECIMAL
#undef FLOAT

bool character(Scanner& in, std::uint32_t& point) {
  const std::size_t start = in.at();
  if (!in.character(point) || point != '\\') return !in.refusal();
  if (!in.character(point)) return false;
  constexpr std::u32string_view kLetters = U"nrtfvb\"'\\/";
  constexpr std::u32string_view kMeant = U"\n\r\t\f\v\b\"'\\/";
  switch (point) {
    case 'x':
      return in.hexadecimal(2, point);
    case 'u':
      return in.hexadecimal(4, point);
    case 'U':
      return in.hexadecimal(8, point);
    default:
      break;
  }
  const std::size_t at = kLetters.find(static_cast<char32_t>(point));
  if (at == std::u32string_view::npos) return in.refuse_at(start, "there is no such escape");
  point = kMeant[at];
  return true;
}

bool quoted(Scanner& in, List<std::uint32_t>& points) {
  const std::size_t start = in.at();
  if (!in.take("\"")) return in.refuse("a string was expected");
  while (!in.take("\"")) {
    if (in.at_end() || in.next() == '\n') return in.refuse_at(start, "a string is not closed");
    if (!character(in, points.emplace_back())) return false;
  }
  return true;
}

bool range(Scanner& in, regex::Expressions& e, const List<std::uint32_t>& first, Regex& result) {
  List<std::uint32_t> last;
  const std::size_t start = in.at();
  if (!quoted(in, last)) return false;
  if (first.size() != 1 || last.size() != 1 || last[0] < first[0])
    return in.refuse_at(start, "a range goes from one character to a later one");
  result = spelled(e, CodePoints::range(first[0], last[0]), regex::Text::utf8);
  return true;
}

}  // namespace

bool lark_string(Scanner& in, regex::Expressions& e, Regex& result) {
  const std::size_t start = in.at();
  List<std::uint32_t> points;
  if (!quoted(in, points)) return false;
  if (in.take("..")) return range(in, e, points, result);
  const bool ignores_case = in.take("i");
  List<Regex> characters;
  for (const std::uint32_t point : points) {
    CodePoints set = CodePoints::range(point, point);
    if (ignores_case) {
      const auto closed = regex::without_regard_to_case(set);
      if (!closed) {
        return in.refuse_at(start,
                            "letters outside ASCII are not supported without regard to case");
      }
      set = *closed;
    }
    characters.push_back(spelled(e, set, regex::Text::utf8));
  }
  result = e.concat(characters);
  return true;
}

bool lark_pattern(Scanner& in, regex::Expressions& e, Regex& result) {
  const std::size_t start = in.at();
  in.take("/");
  const std::size_t first = in.at();
  while (in.next() != '/') {
    if (in.at_end() || in.next() == '\n')
      return in.refuse_at(start, "a regular expression is not closed");
    in.go_to(in.at() + (in.next() == '\\' && in.rest().size() > 1 ? 2 : 1));
  }
  const std::string_view pattern = in.since(first);
  in.take("/");
  regex::PatternOptions options = {.dialect = regex::PatternOptions::Dialect::rust};
  options.without_context = true;
  for (; is_lower(in.next()); in.go_to(in.at() + 1)) {
    if (in.next() == 'i')
      options.ignore_case = true;
    else if (in.next() == 's')
      options.dot_all = true;
    else if (in.next() != 'u')
      return in.refuse("this flag of a regular expression is not supported");
  }
  const Result<Regex> parsed = parse_pattern(e, pattern, options);
  if (!parsed) return in.refuse_at(start, parsed.refusal().message);
  result = *parsed;
  return true;
}

std::optional<std::string_view> common_terminal(std::string_view name) {
  const auto* const found = std::ranges::find(kCommon, name, &Common::name);
  if (found == std::end(kCommon)) return {};
  return found->pattern;
}

}  // namespace runtime::grammar::text
