// SPDX-License-Identifier: Apache-2.0
// StepLayout: where each number of one step lies in a slot of the step buffer. The host writes a
// slot (runtime/host/sequences.h), kernels read it; both take the places from here.
//
//   make_step_layout(/*max_rows=*/128, {64})     (offsets in u32 words)
//
//      word 0         4              132            260           388                      slot end
//      +-------------+--------------+--------------+-------------+------------------------+-------+
//      | rows        | sequences    | positions    | selected    | rope 0                 | zeros |
//      | outputs     | u32[rows]    | u32[rows]    | u32[rows]   | f32[rows][64]          |       |
//      | pages, 0    |              |              |             | 32 cos, 32 sin per row |       |
//      +-------------+--------------+--------------+-------------+------------------------+-------+
//
// `rows` rows are computed in this step, each a (sequence, position). `selected` holds the indices
// of the `outputs` rows whose logits are wanted. `pages` = max over rows of position / 64 + 1: how
// far attention must look. Every section starts at a multiple of 4 words, so that a kernel may read
// it as vec4; slots are multiples of 256 bytes, so that each can be bound by offset.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace runtime::formats {

inline constexpr std::uint32_t kPageTokens = 64;              // positions in one page of the cache
inline constexpr std::uint32_t kUnmappedPage = 0xffff'ffffU;  // a page-table entry without a page
inline constexpr std::uint32_t kStepSlotAlignment = 256;      // bytes
inline constexpr std::size_t kMaxRopeTables = 4;

inline constexpr std::uint32_t kStepRowsWord = 0;
inline constexpr std::uint32_t kStepOutputsWord = 1;
inline constexpr std::uint32_t kStepPagesWord = 2;
inline constexpr std::uint32_t kStepHeaderWords = 4;

// Offsets are u32 words from the start of a slot.
struct StepLayout {
  std::uint32_t max_rows = 0;
  std::uint32_t sequences = 0;  // u32[max_rows]
  std::uint32_t positions = 0;  // u32[max_rows]
  std::uint32_t selected = 0;   // u32[max_rows]
  std::uint32_t rope_tables = 0;
  std::array<std::uint32_t, kMaxRopeTables> rope{};        // f32[max_rows][rope_width]
  std::array<std::uint32_t, kMaxRopeTables> rope_width{};  // 2 * frequencies: cosines, then sines
  std::uint32_t slot_words = 0;

  constexpr std::uint32_t slot_bytes() const { return slot_words * 4; }
  constexpr bool operator==(const StepLayout&) const = default;
};

constexpr std::uint32_t round_up(std::uint32_t value, std::uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// `rope_widths[t]` is the number of rotated dimensions of table t (2 * frequencies); at most
// kMaxRopeTables tables, the rest is ignored. The product of rows and widths must stay below 2^30.
constexpr StepLayout make_step_layout(std::uint32_t max_rows,
                                      std::span<const std::uint32_t> rope_widths) {
  StepLayout layout{.max_rows = max_rows};
  std::uint32_t next = kStepHeaderWords;
  const auto section = [&next](std::uint32_t words) {
    const std::uint32_t start = next;
    next = round_up(next + words, 4);
    return start;
  };
  layout.sequences = section(max_rows);
  layout.positions = section(max_rows);
  layout.selected = section(max_rows);
  for (const std::uint32_t width : rope_widths) {
    if (layout.rope_tables == kMaxRopeTables) break;
    layout.rope_width[layout.rope_tables] = width;
    layout.rope[layout.rope_tables] = section(max_rows * width);
    ++layout.rope_tables;
  }
  layout.slot_words = round_up(next, kStepSlotAlignment / 4);
  return layout;
}

constexpr StepLayout make_step_layout(std::uint32_t max_rows,
                                      std::initializer_list<std::uint32_t> rope_widths) {
  return make_step_layout(max_rows,
                          std::span<const std::uint32_t>(rope_widths.begin(), rope_widths.size()));
}

}  // namespace runtime::formats
