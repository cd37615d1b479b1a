// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/sequences.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "runtime/formats/step_layout.h"

namespace {

using namespace runtime::host;     // NOLINT: what is tested
using namespace runtime::formats;  // NOLINT

SequenceOptions small_options() {
  return {.max_rows = 128,
          .max_sequences = 4,
          .max_pages_per_sequence = 8,
          .ropes = {{.frequencies = {1.0, 0.1, 0.01}, .scale = 1.5}}};
}

std::vector<StepRow> rows_of(std::uint32_t sequence, std::uint32_t first, std::uint32_t count) {
  std::vector<StepRow> rows;
  for (std::uint32_t i = 0; i < count; ++i) rows.push_back({sequence, first + i});
  return rows;
}

TEST(StepLayout, SectionsAreAlignedAndDoNotOverlap) {
  constexpr StepLayout layout = make_step_layout(128, {64});
  static_assert(layout.sequences == 4 && layout.positions == 132 && layout.selected == 260 &&
                layout.rope[0] == 388 && layout.rope_width[0] == 64);
  EXPECT_EQ(layout.slot_bytes() % 256, 0U);
  EXPECT_GE(layout.slot_words, 388U + 128 * 64);
  constexpr StepLayout odd = make_step_layout(5, {6, 2});
  static_assert(odd.positions == 12 && odd.rope[1] == 28 + 32);
  EXPECT_EQ(make_step_layout(1, {}).slot_bytes(), 256U);
}

TEST(Sequences, WriteStepFillsTheSlot) {
  Sequences sequences(small_options());
  const StepLayout layout = sequences.layout();
  const std::uint32_t a = *sequences.create();
  const std::uint32_t b = *sequences.create();
  ASSERT_EQ(sequences.reserve(a, 70), SequenceFault::none);
  ASSERT_EQ(sequences.reserve(b, 2), SequenceFault::none);
  std::vector<StepRow> rows = rows_of(a, 0, 66);
  rows.push_back({b, 0});
  rows.push_back({b, 1});
  std::vector<std::uint32_t> slot(layout.slot_words, 0xabababab);
  const auto result = sequences.write_step(rows, std::vector<std::uint32_t>{65, 67}, slot);
  ASSERT_EQ(result.fault, SequenceFault::none);
  EXPECT_EQ(slot[kStepRowsWord], 68U);
  EXPECT_EQ(slot[kStepOutputsWord], 2U);
  EXPECT_EQ(slot[kStepPagesWord], 2U);
  EXPECT_EQ(slot[3], 0U);
  EXPECT_EQ(slot[layout.sequences + 65], a);
  EXPECT_EQ(slot[layout.sequences + 66], b);
  EXPECT_EQ(slot[layout.sequences + 68], 0U);
  EXPECT_EQ(slot[layout.positions + 65], 65U);
  EXPECT_EQ(slot[layout.positions + 67], 1U);
  EXPECT_EQ(slot[layout.selected], 65U);
  EXPECT_EQ(slot[layout.selected + 1], 67U);
  EXPECT_EQ(result.words, layout.rope[0] + 68 * 6);
  for (std::uint32_t row : {0U, 63U, 65U})
    for (std::uint32_t i = 0; i < 3; ++i) {
      const double angle = row * std::vector<double>{1.0, 0.1, 0.01}[i];
      const std::uint32_t at = layout.rope[0] + row * 6 + i;
      EXPECT_EQ(std::bit_cast<float>(slot[at]), static_cast<float>(std::cos(angle) * 1.5));
      EXPECT_EQ(std::bit_cast<float>(slot[at + 3]), static_cast<float>(std::sin(angle) * 1.5));
    }
  EXPECT_EQ(sequences.length(a), 66U);
  EXPECT_EQ(sequences.length(b), 2U);
}

TEST(Sequences, RefusesBadStepsAndChangesNothing) {
  Sequences sequences(small_options());
  const std::uint32_t a = *sequences.create();
  sequences.reserve(a, 64);
  std::vector<std::uint32_t> slot(sequences.layout().slot_words);
  const auto fault = [&](const std::vector<StepRow>& rows, std::vector<std::uint32_t> outputs) {
    return sequences.write_step(rows, outputs, slot).fault;
  };
  EXPECT_EQ(fault({{3, 0}}, {}), SequenceFault::no_such_sequence);
  EXPECT_EQ(fault({{9, 0}}, {}), SequenceFault::no_such_sequence);
  EXPECT_EQ(fault({{a, 1}}, {}), SequenceFault::out_of_order);
  EXPECT_EQ(fault({{a, 0}, {a, 0}}, {}), SequenceFault::out_of_order);
  EXPECT_EQ(fault({{a, 0}}, {1}), SequenceFault::bad_output);
  EXPECT_EQ(fault(rows_of(a, 0, 65), {}), SequenceFault::not_reserved);
  EXPECT_EQ(fault(rows_of(a, 0, 129), {}), SequenceFault::too_many_rows);
  EXPECT_EQ(sequences.write_step({}, {}, std::span(slot).first(slot.size() - 1)).fault,
            SequenceFault::slot_too_small);
  EXPECT_EQ(sequences.length(a), 0U);
  EXPECT_EQ(sequences.reserve(a, 8 * 64 + 1), SequenceFault::context_full);
  EXPECT_EQ(sequences.reserve(2, 1), SequenceFault::no_such_sequence);
  EXPECT_EQ(sequences.rewind(a, 1), SequenceFault::not_in_sequence);
}

TEST(Sequences, PagesAreReusedOnlyAfterTheirLastStep) {
  Sequences sequences(small_options());
  const std::uint32_t a = *sequences.create();
  sequences.reserve(a, 130);
  EXPECT_EQ(sequences.pages_needed(), 3U);
  std::vector<std::uint32_t> slot(sequences.layout().slot_words);
  const std::uint64_t step = sequences.begin_step();
  ASSERT_EQ(sequences.write_step(rows_of(a, 0, 128), {}, slot).fault, SequenceFault::none);
  ASSERT_EQ(sequences.rewind(a, 10), SequenceFault::none);
  EXPECT_EQ(sequences.length(a), 10U);
  EXPECT_EQ(sequences.page_table()[1], kUnmappedPage);

  const std::uint32_t b = *sequences.create();
  sequences.reserve(b, 1);
  EXPECT_EQ(sequences.page_table()[8 * b], 3U);  // pages 1 and 2 may still be written by the step
  sequences.completed(step);
  sequences.reserve(b, 65);
  EXPECT_EQ(sequences.page_table()[8 * b + 1], 1U);
  EXPECT_EQ(sequences.pages_needed(), 4U);
}

TEST(Sequences, ReportsTheChangedPartOfThePageTable) {
  Sequences sequences(small_options());
  EXPECT_EQ(sequences.take_table_changes().count, 0U);
  const std::uint32_t a = *sequences.create();
  const std::uint32_t b = *sequences.create();
  sequences.reserve(a, 65);
  const TableRange first = sequences.take_table_changes();
  EXPECT_EQ(first.first, 0U);
  EXPECT_EQ(first.count, 2U);
  sequences.reserve(a, 66);
  EXPECT_EQ(sequences.take_table_changes().count, 0U);
  sequences.reserve(b, 1);
  sequences.free(a);
  const TableRange both = sequences.take_table_changes();
  EXPECT_EQ(both.first, 0U);
  EXPECT_EQ(both.count, 9U);
}

TEST(Sequences, TheLimitOfPagesIsAFault) {
  SequenceOptions options = small_options();
  options.max_pages = 3;
  Sequences sequences(options);
  const std::uint32_t a = *sequences.create();
  const std::uint32_t b = *sequences.create();
  EXPECT_EQ(sequences.reserve(a, 128), SequenceFault::none);
  EXPECT_EQ(sequences.reserve(b, 128), SequenceFault::no_free_page);
  EXPECT_EQ(sequences.free(a), SequenceFault::none);
  EXPECT_EQ(sequences.reserve(b, 128), SequenceFault::none);
}

TEST(Sequences, ForksShareFullPages) {
  Sequences sequences(small_options());
  std::vector<std::uint32_t> slot(sequences.layout().slot_words);
  const std::uint32_t parent = *sequences.create();
  ASSERT_EQ(sequences.reserve(parent, 2 * kPageTokens), SequenceFault::none);
  const std::vector<std::uint32_t> no_outputs;
  ASSERT_EQ(sequences.write_step(rows_of(parent, 0, 100), no_outputs, slot).fault,
            SequenceFault::none);
  EXPECT_FALSE(sequences.fork(parent, 10).has_value());               // within a page
  EXPECT_FALSE(sequences.fork(parent, 2 * kPageTokens).has_value());  // not computed yet
  const std::uint32_t child = *sequences.fork(parent, kPageTokens);
  EXPECT_EQ(sequences.length(child), kPageTokens);
  const auto page = [&](std::uint32_t sequence, std::uint32_t i) {
    return sequences.page_table()[sequence * small_options().max_pages_per_sequence + i];
  };
  EXPECT_EQ(page(child, 0), page(parent, 0));
  EXPECT_EQ(page(child, 1), kUnmappedPage);
  EXPECT_EQ(sequences.pages_needed(), 2U);

  // What is written next lies on a page of its own, also after a rewind into the shared one.
  ASSERT_EQ(sequences.rewind(child, 30), SequenceFault::none);
  EXPECT_EQ(sequences.length(child), 0U);
  ASSERT_EQ(sequences.reserve(child, 1), SequenceFault::none);
  EXPECT_NE(page(child, 0), page(parent, 0));
  // Whoever holds a page alone may go back to any place of it.
  ASSERT_EQ(sequences.rewind(parent, 30), SequenceFault::none);
  EXPECT_EQ(sequences.length(parent), 30U);

  // The page of a parent that is gone lives as long as the child.
  const std::uint32_t first = *sequences.create();
  ASSERT_EQ(sequences.reserve(first, kPageTokens), SequenceFault::none);
  ASSERT_EQ(sequences.write_step(rows_of(first, 0, kPageTokens), no_outputs, slot).fault,
            SequenceFault::none);
  const std::uint32_t second = *sequences.fork(first, kPageTokens);
  const std::uint32_t kept = page(first, 0);
  ASSERT_EQ(sequences.free(first), SequenceFault::none);
  const std::uint32_t third = *sequences.create();
  ASSERT_EQ(sequences.reserve(third, 3 * kPageTokens), SequenceFault::none);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_NE(page(third, i), kept);
  EXPECT_EQ(page(second, 0), kept);
}

// Random work: no page is ever held twice, or taken while a step in flight may touch it.
TEST(Sequences, NoPageIsSharedByAccident) {
  SequenceOptions options = small_options();
  options.max_rows = 200;
  Sequences sequences(options);
  std::vector<std::uint32_t> slot(sequences.layout().slot_words);
  std::mt19937 random(7);
  std::map<std::uint32_t, std::uint64_t> last_touch;  // of each page: the last step that may
  std::vector<bool> alive(4);
  std::uint64_t begun = 0;
  std::uint64_t completed = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::uint32_t sequence = random() % 4;
    const std::vector<std::uint32_t> before(sequences.page_table().begin(),
                                            sequences.page_table().end());
    std::map<std::uint32_t, std::uint64_t> touched_before = last_touch;
    switch (random() % 6) {
      case 0:
        if (const auto created = sequences.create()) alive[*created] = true;
        break;
      case 1:
        if (alive[sequence] && random() % 4 == 0) {
          sequences.free(sequence);
          alive[sequence] = false;
        }
        break;
      case 2:
        if (sequences.length(sequence) > 0)
          sequences.rewind(sequence, random() % sequences.length(sequence));
        break;
      case 3:
        if (completed < begun) sequences.completed(++completed);
        break;
      default: {
        if (!alive[sequence]) break;
        const std::uint32_t start = sequences.length(sequence);
        const std::uint32_t count = random() % 100;
        if (sequences.reserve(sequence, start + count) != SequenceFault::none) break;
        ASSERT_EQ(sequences.begin_step(), ++begun);
        ASSERT_EQ(sequences.write_step(rows_of(sequence, start, count), {}, slot).fault,
                  SequenceFault::none);
        for (std::uint32_t page = 0; page * 64 < start + count; ++page)
          last_touch[sequences.page_table()[sequence * 8 + page]] = begun;
      }
    }
    std::set<std::uint32_t> held;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::uint32_t page = sequences.page_table()[i];
      if (page == kUnmappedPage) continue;
      ASSERT_TRUE(held.insert(page).second);
      ASSERT_LT(page, sequences.pages_needed());
      if (page != before[i]) {
        ASSERT_LE(touched_before[page], completed);
      }
    }
  }
  EXPECT_LE(sequences.pages_needed(), 4U * 8);
}

}  // namespace
