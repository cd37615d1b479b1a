// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/pre_tokenizer.h"

#include "runtime/host/section_reader.h"

namespace runtime::host {
namespace {

using formats::kDeadState;
using formats::kMatchBefore;
using formats::kStateMask;
using formats::PreTokenizerHeader;
using formats::PreTokenizerStage;

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

// Either cuts by an automaton, or puts spaces.
bool is_stage(const PreTokenizerStage& stage) {
  const bool cuts = (stage.flags & formats::kStageSpaceBefore) == 0;
  const bool remembers = (stage.flags & formats::kStageRemembers) != 0;
  if (remembers && stage.states > formats::kMaxRemembered) return false;
  return cuts == (stage.states > 0) && stage.states < kDeadState;
}

}  // namespace

std::optional<PreTokenizer> PreTokenizer::open(std::span<const std::byte> section) {
  PreTokenizer result;
  if (section.empty()) return result;
  SectionReader reader(section);
  const auto header = reader.take_one<PreTokenizerHeader>();
  if (header.classes == 0 || header.classes > formats::kMaxClasses) return std::nullopt;
  if (header.blocks > formats::kCodePointBlocks + 1 || header.stages > formats::kMaxStages)
    return std::nullopt;
  result.classes_ = header.classes;
  result.block_of_ = reader.take<std::uint16_t>(formats::kCodePointBlocks + 1);
  result.class_of_ = reader.take<std::uint8_t>(std::size_t{header.blocks} * 256);
  if (!reader.ok() || !all_below(result.block_of_, header.blocks) ||
      !all_below(result.class_of_, header.classes))
    return std::nullopt;
  for (std::uint32_t i = 0; i < header.stages; ++i) {
    const auto stage = reader.take_one<PreTokenizerStage>();
    const auto transitions =
        reader.take<std::uint16_t>(std::size_t{stage.states} * (header.classes + 1));
    if (!reader.ok() || !is_stage(stage) || !leads_nowhere_else(transitions, stage.states))
      return std::nullopt;
    result.stages_.push_back(result.stage_of(stage, transitions));
  }
  return result;
}

PreTokenizer::Stage PreTokenizer::stage_of(const PreTokenizerStage& stage,
                                           const PackedList<std::uint16_t>& transitions) const {
  const bool bytes = (stage.flags & formats::kStageBytes) != 0;
  Stage result{.flags = stage.flags,
               .table = std::vector<std::uint32_t>(transitions.size()),
               .class_of_byte = std::vector<std::uint8_t>(bytes ? 256 : 128)};
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const std::uint32_t next = transitions[i] & kStateMask;
    result.table[i] = (next == kDeadState ? kDead : next * (classes_ + 1)) |
                      ((transitions[i] & kMatchBefore) != 0 ? kMatch : 0);
  }
  for (std::size_t i = 0; i < result.class_of_byte.size(); ++i)
    result.class_of_byte[i] = static_cast<std::uint8_t>(
        class_of(static_cast<char32_t>(bytes ? formats::kBytePoints + i : i)));
  return result;
}

std::size_t PreTokenizer::match(const Stage& stage, std::string_view text,
                                std::size_t start) const {
  const std::uint32_t* const table = stage.table.data();
  std::size_t end = start;
  std::uint32_t row = 0;
  for (std::size_t at = start; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    std::uint32_t entry = 0;
    std::size_t length = 1;
    if (byte < stage.class_of_byte.size()) {
      entry = table[row + stage.class_of_byte[byte]];
    } else {
      const Utf8Character character = decode_utf8(text.substr(at));
      entry = table[row + class_of(character.code_point)];
      length = character.bytes;
    }
    if ((entry & kMatch) != 0) end = at;
    row = entry & kDead;
    if (row == kDead) return end;
    at += length;
  }
  return (table[row + classes_] & kMatch) != 0 ? text.size() : end;
}

// A state at a place always leads to the same end. So what led to no match once is not tried again,
// and each state is led through each place once (Reps, "Maximal-munch tokenization in linear
// time").
std::size_t PreTokenizer::match_remembering(const Stage& stage, std::string_view text,
                                            std::size_t start, Memory& memory) const {
  struct Visit {
    std::size_t at;
    std::uint64_t state;  // its bit
  };
  constexpr std::size_t kWorthRemembering = 32;  // steps; most matches are shorter
  std::vector<Visit> visits;                     // since the last match
  std::size_t end = start;
  std::uint32_t row = 0;
  for (std::size_t at = start;;) {
    const Visit visit = {at, std::uint64_t{1} << (row / (classes_ + 1))};
    if (!memory.empty() && (memory[at] & visit.state) != 0) break;
    visits.push_back(visit);
    std::uint32_t column = classes_;
    std::size_t length = 0;
    if (at < text.size()) {
      length = unit_bytes(stage, text, at);
      const auto byte = static_cast<unsigned char>(text[at]);
      column = byte < stage.class_of_byte.size()
                   ? stage.class_of_byte[byte]
                   : class_of(decode_utf8(text.substr(at)).code_point);
    }
    const std::uint32_t entry = stage.table[row + column];
    if ((entry & kMatch) != 0) {
      end = at;
      visits.clear();
    }
    row = entry & kDead;
    if (row == kDead || length == 0) break;
    at += length;
  }
  if (visits.size() < kWorthRemembering) return end;
  memory.resize(text.size() + 1);
  for (const Visit& visit : visits) memory[visit.at] |= visit.state;
  return end;
}

}  // namespace runtime::host
