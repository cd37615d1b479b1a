// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/answer_table.h"

#include <algorithm>

namespace runtime::host {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kMayEnd = 1;

// Bytes from the front; `ok` falls and stays false when there are too few.
struct Bytes {
  std::span<const std::uint8_t> rest;
  bool ok = true;

  std::uint8_t number() {
    if (rest.empty()) {
      ok = false;
      return 0;
    }
    const std::uint8_t value = rest.front();
    rest = rest.subspan(1);
    return value;
  }
  std::string_view text(std::size_t length) {
    ok = ok && length <= rest.size();
    if (!ok) return {};
    const std::string_view value(reinterpret_cast<const char*>(rest.data()), length);
    rest = rest.subspan(length);
    return value;
  }
};

// Marked white space is white space, and closed.
bool is_well_formed(std::string_view marker) {
  for (std::size_t i = 0; i < marker.size(); ++i) {
    if (marker[i] != kFlexibleSpace && marker[i] != kOptionalSpace) continue;
    const std::size_t close = marker.find(marker[i], i + 1);
    if (close == std::string_view::npos) return false;
    for (++i; i < close; ++i)
      if (!is_space(marker[i])) return false;
  }
  return true;
}

AnswerBranch read_branch(Bytes& bytes, std::size_t states) {
  AnswerBranch branch;
  branch.next = bytes.number();
  branch.flags = bytes.number();
  const std::size_t low = bytes.number();
  branch.marker = bytes.text(low | std::size_t{bytes.number()} << 8);
  bytes.ok = bytes.ok && branch.next < states && is_well_formed(branch.marker);
  return branch;
}

AnswerState read_state(Bytes& bytes, std::size_t states) {
  AnswerState state;
  const std::uint8_t text = bytes.number();
  bytes.ok = bytes.ok && text <= static_cast<std::uint8_t>(AnswerState::Text::raw);
  state.text = static_cast<AnswerState::Text>(text);
  state.may_end = (bytes.number() & kMayEnd) != 0;
  state.length = bytes.number();
  const std::uint8_t spelling = bytes.number();
  bytes.ok = bytes.ok && spelling <= static_cast<std::uint8_t>(Spelling::quoted);
  state.spelling = static_cast<Spelling>(spelling);
  for (std::uint8_t left = bytes.number(); bytes.ok && left > 0; --left)
    state.branches.push_back(read_branch(bytes, states));
  return state;
}

bool may_be_empty(AnswerState::Text text) {
  using Text = AnswerState::Text;
  return text == Text::none || text == Text::content || text == Text::reasoning ||
         text == Text::raw;
}

bool matches_nothing(const AnswerBranch& branch) {
  return match_marker(branch.marker, "", true).kind == MarkerMatch::Kind::full;
}

// A circle of empty texts and markers would read forever.
bool has_empty_circle(const std::vector<AnswerState>& states) {
  const auto next = [&](std::size_t at) {
    if (!may_be_empty(states[at].text)) return states.size();
    for (const AnswerBranch& branch : states[at].branches)
      if (matches_nothing(branch)) return std::size_t{branch.next};
    return states.size();
  };
  for (std::size_t at = 0; at < states.size(); ++at) {
    std::size_t steps = 0;
    for (std::size_t now = at; now < states.size(); now = next(now))
      if (++steps > states.size()) return true;
  }
  return false;
}

}  // namespace

std::optional<AnswerTable> AnswerTable::read(std::span<const std::uint8_t> input) {
  Bytes bytes{input};
  AnswerTable table;
  if (bytes.number() != kVersion) return std::nullopt;
  const std::size_t states = bytes.number();
  table.start = bytes.number();
  table.reasoning = bytes.number();
  table.content = bytes.number();
  table.quote = bytes.text(bytes.number());
  if (!bytes.ok || std::max({table.start, table.reasoning, table.content}) >= states)
    return std::nullopt;
  for (std::size_t i = 0; bytes.ok && i < states; ++i)
    table.states.push_back(read_state(bytes, states));
  const auto lacks_quote = [&](const AnswerState& state) {
    return state.spelling == Spelling::quoted && table.quote.empty();
  };
  if (!bytes.ok || !bytes.rest.empty() || has_empty_circle(table.states) ||
      std::any_of(table.states.begin(), table.states.end(), lacks_quote))
    return std::nullopt;
  const AnswerState& content = table.states[table.content];
  if (content.text != AnswerState::Text::content ||
      std::any_of(content.branches.begin(), content.branches.end(), matches_nothing))
    return std::nullopt;
  return table;
}

MarkerMatch match_marker(std::string_view marker, std::string_view text, bool is_end) {
  std::size_t at = 0;
  const auto needs_more = [&] { return at == text.size() && !is_end; };
  for (std::size_t i = 0; i < marker.size(); ++i) {
    const char mark = marker[i];
    if (mark == kFlexibleSpace) {
      i = marker.find(mark, i + 1);
      const std::size_t limit = at + kMaxFlexibleSpaces;
      while (at < text.size() && at < limit && is_space(text[at])) ++at;
      if (at < limit && needs_more()) return {MarkerMatch::Kind::partial, 0};
    } else if (mark == kOptionalSpace) {
      for (++i; marker[i] != mark; ++i) {
        if (needs_more()) return {MarkerMatch::Kind::partial, 0};
        if (at < text.size() && text[at] == marker[i]) ++at;
      }
    } else {
      if (needs_more()) return {MarkerMatch::Kind::partial, 0};
      if (at == text.size() || text[at] != mark) return {};
      ++at;
    }
  }
  return {MarkerMatch::Kind::full, at};
}

}  // namespace runtime::host
