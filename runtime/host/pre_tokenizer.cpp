// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/pre_tokenizer.h"

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::kDeadState;
using formats::kMatchBefore;
using formats::kStateMask;
using formats::PreTokenizerHeader;

// Hands out the parts of a section, and remembers if one was asked for that is not there.
class Parts {
 public:
  explicit Parts(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  PackedList<T> take(std::size_t count) {
    if (count > rest_.size() / sizeof(T)) {
      ok_ = false;
      return {};
    }
    const PackedList<T> list(rest_.first(count * sizeof(T)));
    const std::size_t padded = (count * sizeof(T) + 3) / 4 * 4;
    rest_ = rest_.subspan(padded < rest_.size() ? padded : rest_.size());
    return list;
  }
  bool ok() const { return ok_; }

 private:
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

template <class T>
bool all_below(const PackedList<T>& list, std::size_t limit) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i] >= limit) return false;
  return true;
}

bool leads_nowhere_else(const PackedList<std::uint16_t>& transitions, std::uint32_t states) {
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const std::uint32_t next = transitions[i] & kStateMask;
    if (next != kDeadState && next >= states) return false;
  }
  return true;
}

}  // namespace

std::optional<PreTokenizer> PreTokenizer::open(std::span<const std::byte> section) {
  PreTokenizer result;
  if (section.empty()) return result;
  Parts parts(section);
  const PackedList<PreTokenizerHeader> headers = parts.take<PreTokenizerHeader>(1);
  if (!parts.ok()) return std::nullopt;
  const PreTokenizerHeader header = headers[0];
  if (header.classes == 0 || header.classes > formats::kMaxClasses) return std::nullopt;
  if (header.blocks > formats::kCodePointBlocks || header.automata > formats::kMaxAutomata)
    return std::nullopt;
  result.classes_ = header.classes;
  result.block_of_ = parts.take<std::uint16_t>(formats::kCodePointBlocks);
  result.class_of_ = parts.take<std::uint8_t>(std::size_t{header.blocks} * 256);
  if (!parts.ok() || !all_below(result.block_of_, header.blocks) ||
      !all_below(result.class_of_, header.classes))
    return std::nullopt;
  for (std::uint32_t i = 0; i < header.automata; ++i) {
    const PackedList<std::uint32_t> states = parts.take<std::uint32_t>(1);
    if (!parts.ok() || states[0] == 0 || states[0] >= kDeadState) return std::nullopt;
    const PackedList<std::uint16_t> transitions =
        parts.take<std::uint16_t>(std::size_t{states[0]} * (header.classes + 1));
    if (!parts.ok() || !leads_nowhere_else(transitions, states[0])) return std::nullopt;
    result.automata_.push_back({transitions});
  }
  return result;
}

std::size_t PreTokenizer::match(const Automaton& automaton, std::string_view text,
                                std::size_t start) const {
  const std::size_t columns = classes_ + 1;
  std::size_t end = start;
  std::size_t at = start;
  for (std::size_t state = 0;;) {
    std::size_t length = 0;
    std::uint32_t column = classes_;
    if (at < text.size()) {
      const Utf8Character character = decode_utf8(text.substr(at));
      column = class_of(character.code_point);
      length = character.bytes;
    }
    const std::uint16_t transition = automaton.transitions[state * columns + column];
    if ((transition & kMatchBefore) != 0) end = at;
    state = transition & kStateMask;
    if (state == kDeadState || length == 0) return end;
    at += length;
  }
}

std::size_t PreTokenizer::character_bytes(std::string_view text, std::size_t at) {
  return decode_utf8(text.substr(at)).bytes;
}

}  // namespace runtime::host
