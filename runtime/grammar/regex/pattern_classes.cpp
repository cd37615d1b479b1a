// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/pattern_classes.h"

#include <algorithm>

namespace runtime::grammar::regex {
namespace {

using Range = CodePoints::Range;

constexpr Range kDigits[] = {{'0', '9'}};
constexpr Range kWord[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
constexpr Range kSpace[] = {{0x09, 0x0d},     {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680},
                            {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f},
                            {0x3000, 0x3000}, {0xfeff, 0xfeff}};
constexpr Range kLineEnds[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

// Blocks without letters that have cases: white space, punctuation, kana, ideographs, Hangul.
constexpr Range kCaseless[] = {{0xa0, 0xa9},     {0x1680, 0x1680},  {0x2000, 0x206f},
                               {0x3000, 0x9fff}, {0xac00, 0xd7a3},  {0xe000, 0xfaff},
                               {0xfeff, 0xfeff}, {0x20000, 0x3ffff}};

struct PosixClass {
  std::string_view name;
  std::string_view ranges;  // pairs of first and last
};
constexpr PosixClass kPosixClasses[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"blank", "\t\t  "},  {"digit", "09"},
    {"graph", "!~"},     {"lower", "az"},   {"print", " ~"},      {"punct", "!/:@[`{~"},
    {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

}  // namespace

std::optional<CodePoints> named_class(char letter) {
  switch (letter) {
    case 'd':
      return CodePoints::of(kDigits);
    case 'w':
      return CodePoints::of(kWord);
    case 's':
      return CodePoints::of(kSpace);
    case 'D':
      return ~CodePoints::of(kDigits);
    case 'W':
      return ~CodePoints::of(kWord);
    case 'S':
      return ~CodePoints::of(kSpace);
    default:
      return {};
  }
}

CodePoints any_but_line_ends() { return ~CodePoints::of(kLineEnds); }

std::optional<CodePoints> posix_class(std::string_view name) {
  const auto found = std::ranges::find(kPosixClasses, name, &PosixClass::name);
  if (found == std::end(kPosixClasses)) return {};
  CodePoints set;
  for (std::size_t i = 0; i < found->ranges.size(); i += 2)
    set.insert(static_cast<std::uint8_t>(found->ranges[i]),
               static_cast<std::uint8_t>(found->ranges[i + 1]));
  return set;
}

std::optional<CodePoints> without_regard_to_case(const CodePoints& set) {
  const CodePoints ascii = CodePoints::range(0, 0x7f);
  const CodePoints caseless = ascii | CodePoints::of(kCaseless);
  constexpr std::uint32_t kKelvin = 0x212a;  // folds to k
  constexpr std::uint32_t kLongS = 0x17f;    // folds to s
  CodePoints asked = set;
  if (set.contains(kKelvin)) asked.insert('k', 'k');
  if (set.contains(kLongS)) asked.insert('s', 's');
  CodePoints result = asked;
  for (std::uint32_t lower = 'a'; lower <= 'z'; ++lower) {
    const std::uint32_t upper = lower - 'a' + 'A';
    if (!asked.contains(lower) && !asked.contains(upper)) continue;
    result.insert(lower, lower);
    result.insert(upper, upper);
    if (lower == 'k') result.insert(kKelvin, kKelvin);
    if (lower == 's') result.insert(kLongS, kLongS);
  }
  const CodePoints known =
      caseless | CodePoints::range(kKelvin, kKelvin) | CodePoints::range(kLongS, kLongS);
  if (!(result & ~known).is_empty() && !(~result & ~known).is_empty()) return {};
  return result;
}

}  // namespace runtime::grammar::regex
