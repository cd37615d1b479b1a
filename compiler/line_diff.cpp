// SPDX-License-Identifier: Apache-2.0
#include "compiler/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace compiler {
namespace {

constexpr std::size_t kAround = 3;             // equal lines shown beside a change
constexpr std::size_t kMostCells = 64U << 20;  // of the table: 128 MB

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Edit {
  char mark;  // ' ', '-', '+'
  std::string_view line;
};

// The edits between texts without common ends, by the longest common subsequence.
void append_edits(const Lines& a, const Lines& b, std::vector<Edit>& edits) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint16_t> common;  // of a[i...] and b[j...]
  const bool searches =
      std::min(a.size(), b.size()) < 0xffff && (a.size() + 1) <= kMostCells / width;
  if (searches) {
    common.resize((a.size() + 1) * width);
    for (std::size_t i = a.size(); i-- > 0;)
      for (std::size_t j = b.size(); j-- > 0;)
        common[i * width + j] =
            a[i] == b[j] ? static_cast<std::uint16_t>(common[(i + 1) * width + j + 1] + 1)
                         : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (searches && i < a.size() && j < b.size() && a[i] == b[j]) {
      edits.push_back({' ', a[i++]});
      ++j;
    } else if (i < a.size() && (j == b.size() || !searches ||
                                common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      edits.push_back({'-', a[i++]});
    } else {
      edits.push_back({'+', b[j++]});
    }
  }
}

std::vector<Edit> edits_between(Lines a, Lines b) {
  std::vector<Edit> edits;
  const auto [end_a, end_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto line = a.begin(); line != end_a; ++line) edits.push_back({' ', *line});
  a.erase(a.begin(), end_a);
  b.erase(b.begin(), end_b);
  const auto [tail_a, tail_b] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const Lines tail(tail_a.base(), a.end());
  a.erase(tail_a.base(), a.end());
  b.erase(tail_b.base(), b.end());
  append_edits(a, b, edits);
  for (const std::string_view line : tail) edits.push_back({' ', line});
  return edits;
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after) {
  if (before == after) return {};
  const std::vector<Edit> edits = edits_between(lines_of(before), lines_of(after));
  std::vector<bool> shown(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].mark == ' ') continue;
    const std::size_t end = std::min(edits.size(), i + kAround + 1);
    for (std::size_t j = i - std::min(i, kAround); j < end; ++j) shown[j] = true;
  }
  std::string text;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (shown[i])
      text.append({edits[i].mark, ' '}).append(edits[i].line).append("\n");
    else if (i == 0 || shown[i - 1])
      text += "...\n";
  }
  return text;
}

}  // namespace compiler
