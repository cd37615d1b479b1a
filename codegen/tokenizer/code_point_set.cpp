// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/code_point_set.h"

#include <algorithm>

#include "codegen/tokenizer/unicode_mappings.h"
#include "runtime/host/unicode_categories.h"

namespace codegen::tokenizer {
namespace {

constexpr std::string_view kCategoryNames =
    "LuLlLtLmLoMnMcMeNdNlNoPcPdPsPePiPfPoSmScSkSoZsZlZpCcCfCsCoCn";

constexpr CodePointSet::Range kWhiteSpace[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

}  // namespace

void CodePointSet::add(Range range) {
  if (!ranges_.empty() && range.first <= ranges_.back().last + 1)
    ranges_.back().last = std::max(ranges_.back().last, range.last);
  else
    ranges_.push_back(range);
}

CodePointSet CodePointSet::range(char32_t first, char32_t last) {
  CodePointSet set;
  set.add({first, last});
  return set;
}

CodePointSet CodePointSet::white_space() {
  CodePointSet set;
  for (const Range& range : kWhiteSpace) set.add(range);
  return set;
}

std::optional<CodePointSet> CodePointSet::property(std::string_view name) {
  CodePointSet set;
  const auto borders = named_set(name);
  for (std::size_t i = 0; i + 1 < borders.size(); i += 2) set.add({borders[i], borders[i + 1]});
  if (!set.ranges_.empty()) return set;
  if (name.size() != 1 && name.size() != 2) return std::nullopt;
  const auto runs = runtime::host::category_runs();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto category = static_cast<std::size_t>(runs[i].category);
    if (!kCategoryNames.substr(2 * category, 2).starts_with(name)) continue;
    const char32_t end = i + 1 < runs.size() ? runs[i + 1].start : kLastCodePoint + 1;
    set.add({runs[i].start, end - 1});
  }
  if (set.ranges_.empty()) return std::nullopt;
  return set;
}

bool CodePointSet::contains(char32_t code_point) const {
  const auto after = std::partition_point(
      ranges_.begin(), ranges_.end(), [=](const Range& range) { return range.last < code_point; });
  return after != ranges_.end() && after->first <= code_point;
}

CodePointSet CodePointSet::united(const CodePointSet& other) const {
  std::vector<Range> all = ranges_;
  all.insert(all.end(), other.ranges_.begin(), other.ranges_.end());
  std::sort(all.begin(), all.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  CodePointSet set;
  for (const Range& range : all) set.add(range);
  return set;
}

CodePointSet CodePointSet::negated() const {
  CodePointSet set;
  char32_t next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) set.add({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kLastCodePoint) set.add({next, kLastCodePoint});
  return set;
}

CodePointSet CodePointSet::intersected(const CodePointSet& other) const {
  return negated().united(other.negated()).negated();
}

CodePointSet CodePointSet::with_both_cases() const {
  constexpr char32_t kLongS = 0x17f;
  constexpr char32_t kKelvinSign = 0x212a;
  CodePointSet set = *this;
  for (char32_t lower = 'a'; lower <= 'z'; ++lower) {
    const char32_t upper = lower - 'a' + 'A';
    const char32_t third = lower == 's' ? kLongS : lower == 'k' ? kKelvinSign : lower;
    if (!contains(lower) && !contains(upper) && !contains(third)) continue;
    for (const char32_t each : {lower, upper, third}) set = set.united(range(each, each));
  }
  return set;
}

}  // namespace codegen::tokenizer
