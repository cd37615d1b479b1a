// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/unicode_properties.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "runtime/grammar/list.h"
#include "runtime/host/unicode_categories.h"

namespace runtime::grammar::regex {

#ifdef __wasm__

// The ranges of the characters that have a property: a count of numbers, then the first and the
// last character of each range, in memory from alloc. nullptr: there is no such property.
extern "C" __attribute__((import_module("page"), import_name("unicode_property"))) std::uint32_t*
page_unicode_property(const char* name, std::size_t bytes);

std::optional<CodePoints> unicode_property(std::string_view name) {
  std::uint32_t* const ranges = page_unicode_property(name.data(), name.size());
  if (ranges == nullptr) return {};
  CodePoints set = CodePoints::of(
      {reinterpret_cast<const CodePoints::Range*>(ranges + 1), std::size_t{*ranges} / 2});
  operator delete(ranges);
  return set;
}

#else

namespace {

struct Category {
  std::string_view name, long_name;
  std::uint32_t members;  // of the 30 categories that no other consists of, a bit each
};

constexpr std::uint32_t bits(unsigned first, unsigned last) {
  return (std::uint32_t{2} << last) - (std::uint32_t{1} << first);
}

// The first 30 in the order of host::Category.
constexpr Category kCategories[] = {
    {"Lu", "Uppercase_Letter", bits(0, 0)},
    {"Ll", "Lowercase_Letter", bits(1, 1)},
    {"Lt", "Titlecase_Letter", bits(2, 2)},
    {"Lm", "Modifier_Letter", bits(3, 3)},
    {"Lo", "Other_Letter", bits(4, 4)},
    {"Mn", "Nonspacing_Mark", bits(5, 5)},
    {"Mc", "Spacing_Mark", bits(6, 6)},
    {"Me", "Enclosing_Mark", bits(7, 7)},
    {"Nd", "Decimal_Number", bits(8, 8)},
    {"Nl", "Letter_Number", bits(9, 9)},
    {"No", "Other_Number", bits(10, 10)},
    {"Pc", "Connector_Punctuation", bits(11, 11)},
    {"Pd", "Dash_Punctuation", bits(12, 12)},
    {"Ps", "Open_Punctuation", bits(13, 13)},
    {"Pe", "Close_Punctuation", bits(14, 14)},
    {"Pi", "Initial_Punctuation", bits(15, 15)},
    {"Pf", "Final_Punctuation", bits(16, 16)},
    {"Po", "Other_Punctuation", bits(17, 17)},
    {"Sm", "Math_Symbol", bits(18, 18)},
    {"Sc", "Currency_Symbol", bits(19, 19)},
    {"Sk", "Modifier_Symbol", bits(20, 20)},
    {"So", "Other_Symbol", bits(21, 21)},
    {"Zs", "Space_Separator", bits(22, 22)},
    {"Zl", "Line_Separator", bits(23, 23)},
    {"Zp", "Paragraph_Separator", bits(24, 24)},
    {"Cc", "Control", bits(25, 25)},
    {"Cf", "Format", bits(26, 26)},
    {"Cs", "Surrogate", bits(27, 27)},
    {"Co", "Private_Use", bits(28, 28)},
    {"Cn", "Unassigned", bits(29, 29)},
    {"L", "Letter", bits(0, 4)},
    {"LC", "Cased_Letter", bits(0, 2)},
    {"M", "Mark", bits(5, 7)},
    {"N", "Number", bits(8, 10)},
    {"Nd", "digit", bits(8, 8)},
    {"P", "Punctuation", bits(11, 17)},
    {"P", "punct", bits(11, 17)},
    {"S", "Symbol", bits(18, 21)},
    {"Z", "Separator", bits(22, 24)},
    {"Cc", "cntrl", bits(25, 25)},
    {"C", "Other", bits(25, 29)},
};

std::optional<CodePoints> general_category(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kCategories, [&](const Category& c) { return c.name == name || c.long_name == name; });
  if (found == std::end(kCategories)) return {};
  List<CodePoints::Range> ranges;
  const auto runs = host::category_runs();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const char32_t end = i + 1 < runs.size() ? runs[i + 1].start : 0x110000;
    if ((found->members >> static_cast<unsigned>(runs[i].category) & 1) != 0)
      ranges.push_back({runs[i].start, end - 1});
  }
  return CodePoints::of(ranges);
}

}  // namespace

std::optional<CodePoints> unicode_property(std::string_view name) {
  if (name == "Any") return CodePoints::all();
  if (name == "ASCII") return CodePoints::range(0, 0x7f);
  if (name == "Assigned") return ~*general_category("Cn");
  for (const std::string_view key : {"General_Category=", "gc="})
    if (name.starts_with(key)) name.remove_prefix(key.size());
  return general_category(name);
}

#endif

}  // namespace runtime::grammar::regex
