// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "runtime/host/sequences.h"

namespace {

using namespace runtime::host;     // NOLINT: what is tested
using namespace runtime::formats;  // NOLINT

std::vector<StepRow> rows_of(std::uint32_t sequence, std::uint32_t first, std::uint32_t count) {
  std::vector<StepRow> rows;
  for (std::uint32_t i = 0; i < count; ++i) rows.push_back({sequence, first + i});
  return rows;
}

SequenceOptions windowed_options() {
  return {.max_rows = 128,
          .max_sequences = 4,
          .max_pages_per_sequence = 8,
          .ropes = {{.frequencies = {1.0, 0.1, 0.01}, .scale = 1.5}},
          .window = {.tokens = 256, .sink = 64}};
}

// Computes rows up to `end` as the runtime does: what the window drops, the sink anew, in chunks.
void advance(Sequences& sequences, std::uint32_t sequence, std::uint32_t end,
             std::vector<std::uint32_t>& slot) {
  while (sequences.length(sequence) < end || sequences.next(sequence) < end) {
    if (sequences.next(sequence) == sequences.limit(sequence)) {
      ASSERT_EQ(sequences.slide(sequence), SequenceFault::none);
    }
    const std::uint32_t next = sequences.next(sequence);
    const std::uint32_t count = std::min({sequences.limit(sequence), end, next + 50}) - next;
    ASSERT_EQ(sequences.reserve(sequence, next + count), SequenceFault::none);
    sequences.begin_step();
    ASSERT_EQ(sequences.write_step(rows_of(sequence, next, count), {}, slot).fault,
              SequenceFault::none);
  }
}

TEST(SlidingWindow, DropsWholePagesAfterTheSink) {
  Sequences sequences(windowed_options());
  const StepLayout layout = sequences.layout();
  std::vector<std::uint32_t> slot(layout.slot_words);
  const std::uint32_t a = *sequences.create();
  EXPECT_EQ(sequences.limit(a), 256U);
  EXPECT_EQ(sequences.slide(a), SequenceFault::not_full);
  advance(sequences, a, 256, slot);
  const auto table = sequences.page_table();
  const std::vector<std::uint32_t> before(table.begin(), table.begin() + 4);
  EXPECT_EQ(sequences.next(a), 256U);
  EXPECT_EQ(sequences.slide(a), SequenceFault::none);
  EXPECT_EQ(std::vector(table.begin(), table.begin() + 4),
            (std::vector{before[0], before[2], before[3], kUnmappedPage}));
  // The sink's rows come again, and only they.
  EXPECT_EQ(sequences.length(a), 256U);
  EXPECT_EQ(sequences.next(a), 0U);
  EXPECT_EQ(sequences.limit(a), 64U);
  EXPECT_EQ(sequences.write_step(rows_of(a, 256, 1), {}, slot).fault, SequenceFault::out_of_order);
  ASSERT_EQ(sequences.reserve(a, 64), SequenceFault::none);
  ASSERT_EQ(sequences.write_step(rows_of(a, 0, 64), {}, slot).fault, SequenceFault::none);
  EXPECT_EQ(slot[layout.positions + 63], 63U);
  EXPECT_EQ(slot[kStepPagesWord], 1U);
  // As far from the rows after it as in the window: 64 tokens are missing between them.
  const auto cosine = [&](std::uint32_t row) {
    return std::bit_cast<float>(slot[layout.rope[0] + row * 6]);
  };
  EXPECT_EQ(cosine(5), static_cast<float>(std::cos(5.0 + 64) * 1.5));
  EXPECT_EQ(sequences.next(a), 256U);
  EXPECT_EQ(sequences.limit(a), 320U);
  ASSERT_EQ(sequences.reserve(a, 257), SequenceFault::none);
  ASSERT_EQ(sequences.write_step(rows_of(a, 256, 1), {}, slot).fault, SequenceFault::none);
  EXPECT_EQ(slot[layout.positions], 192U);
  EXPECT_EQ(slot[kStepPagesWord], 4U);
  EXPECT_EQ(cosine(0), static_cast<float>(std::cos(256.0) * 1.5));
  EXPECT_EQ(sequences.pages_needed(), 5U);  // the dropped page may still be read
}

TEST(SlidingWindow, IsContinuedExactlyOrNotAtAll) {
  Sequences sequences(windowed_options());
  std::vector<std::uint32_t> slot(sequences.layout().slot_words);
  const std::uint32_t a = *sequences.create();
  advance(sequences, a, 300, slot);
  for (const std::uint32_t gone : {0U, 64U, 100U, 255U}) EXPECT_EQ(sequences.kept(a, gone), 0U);
  EXPECT_EQ(sequences.kept(a, 256), 256U);
  EXPECT_EQ(sequences.kept(a, 299), 299U);
  EXPECT_FALSE(sequences.fork(a, 192).has_value());
  // A fork shares all that is left, and the sink only until it has to be computed anew.
  const std::uint32_t b = *sequences.fork(a, 256);
  EXPECT_EQ(sequences.length(b), 256U);
  const auto page = [&](std::uint32_t sequence, std::uint32_t i) {
    return sequences.page_table()[sequence * 8 + i];
  };
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(page(b, i), page(a, i));
  const std::uint32_t sink = page(a, 0);
  advance(sequences, b, 330, slot);
  EXPECT_NE(page(b, 0), sink);
  EXPECT_EQ(page(a, 0), sink);
  EXPECT_EQ(page(b, 1), page(a, 2));

  ASSERT_EQ(sequences.rewind(a, 290), SequenceFault::none);
  EXPECT_EQ(sequences.length(a), 290U);
  EXPECT_EQ(sequences.next(a), 0U);  // of a step that was not submitted nothing is known
  EXPECT_FALSE(sequences.fork(a, 256).has_value());
  advance(sequences, a, 291, slot);
  ASSERT_EQ(sequences.rewind(a, 200), SequenceFault::none);
  EXPECT_EQ(sequences.length(a), 0U);
  EXPECT_EQ(sequences.limit(a), 256U);
  advance(sequences, a, 70, slot);
  EXPECT_EQ(sequences.kept(a, 33), 33U);
}

TEST(SlidingWindow, NeedsRoomToSlide) {
  EXPECT_TRUE(SlidingWindow{}.is_valid());
  EXPECT_TRUE(SlidingWindow::of(1000, 4).is_valid());
  EXPECT_EQ(SlidingWindow::of(1000, 4).tokens, 960U);
  EXPECT_EQ(SlidingWindow::of(1000, 4).sink, 64U);
  EXPECT_EQ(SlidingWindow::of(4096, 4).stride(), 448U);
  EXPECT_FALSE(SlidingWindow::of(191, 4).is_valid());
  EXPECT_TRUE(SlidingWindow::of(192, 4).is_valid());
  EXPECT_TRUE(SlidingWindow::of(128, 0).is_valid());
  EXPECT_FALSE(SlidingWindow::of(128, 300).is_valid());
}

// A GPU that remembers what steps wrote: texts grow, slide, fork and rewind at random, and each
// sequence must find its own text in the cache, turned to its places in the window.
class Simulation {
 public:
  static constexpr std::uint32_t kPages = 8;  // of a sequence

  void grow(std::uint32_t sequence, std::uint32_t count) {
    if (!texts_.contains(sequence)) return;
    if (sequences_.next(sequence) == sequences_.limit(sequence)) {
      ASSERT_EQ(sequences_.slide(sequence), SequenceFault::none);
    }
    std::vector<std::uint32_t>& text = texts_[sequence];
    const std::uint32_t next = sequences_.next(sequence);
    const std::uint32_t end = std::min(sequences_.limit(sequence), next + count);
    SequenceFault fault = sequences_.reserve(sequence, end);
    while (fault == SequenceFault::no_free_page && completed_ < begun_) {
      complete();
      fault = sequences_.reserve(sequence, end);
    }
    ASSERT_EQ(fault, SequenceFault::none);
    while (text.size() < end) text.push_back(random_());
    ++begun_;
    sequences_.begin_step();
    ASSERT_EQ(sequences_.write_step(rows_of(sequence, next, end - next), {}, slot_).fault,
              SequenceFault::none);
    for (std::uint32_t row = 0; row < end - next; ++row) write(sequence, row, text[next + row]);
    if (sequences_.next(sequence) == sequences_.length(sequence)) check(sequence);
  }

  void create() {
    if (const auto created = sequences_.create()) texts_[*created] = {};
  }
  void free(std::uint32_t sequence) {
    if (texts_.erase(sequence) > 0) sequences_.free(sequence);
  }
  void fork(std::uint32_t parent) {
    const std::uint32_t length = sequences_.length(parent) / kPageTokens * kPageTokens;
    if (!texts_.contains(parent)) return;
    const auto child = sequences_.fork(parent, length);
    if (!child) return;
    texts_[*child] = {texts_[parent].begin(), texts_[parent].begin() + length};
    check(*child);
  }
  void rewind(std::uint32_t sequence) {
    if (sequences_.length(sequence) == 0) return;
    const std::uint32_t length = sequences_.length(sequence) - random_() % 90;
    if (length > sequences_.length(sequence)) return;
    ASSERT_EQ(sequences_.rewind(sequence, length), SequenceFault::none);
    texts_[sequence].resize(sequences_.length(sequence));
  }
  void complete() {
    if (completed_ < begun_) sequences_.completed(++completed_);
  }
  std::uint64_t steps() const { return begun_; }
  std::uint32_t random() { return random_(); }

 private:
  struct Cell {
    std::uint32_t token = 0;
    float cosine = 0;
    bool operator==(const Cell&) const = default;
  };

  std::uint32_t page(std::uint32_t sequence, std::uint32_t i) const {
    return sequences_.page_table()[std::size_t{sequence} * kPages + i];
  }

  void write(std::uint32_t sequence, std::uint32_t row, std::uint32_t token) {
    const StepLayout& layout = sequences_.layout();
    const std::uint32_t place = slot_[layout.positions + row];
    const std::uint32_t to = page(sequence, place / kPageTokens);
    const auto table = sequences_.page_table();
    ASSERT_EQ(std::count(table.begin(), table.end(), to), 1) << "others read this page";
    const float cosine = std::bit_cast<float>(slot_[layout.rope[0] + std::size_t{row} * 2]);
    cells_[{to, place % kPageTokens}] = {token, cosine};
  }

  void check(std::uint32_t sequence) {
    const std::vector<std::uint32_t>& text = texts_[sequence];
    const std::uint32_t length = sequences_.length(sequence);
    const std::uint32_t dropped = sequences_.dropped(sequence);
    ASSERT_LE(length - dropped, 256U);
    for (std::uint32_t place = 0; place < length - dropped; ++place) {
      const std::uint32_t position = place < 64 ? place : place + dropped;
      const Cell expected{text[position], static_cast<float>(std::cos(0.5 * (place + dropped)))};
      const std::uint32_t at = page(sequence, place / kPageTokens);
      ASSERT_EQ((cells_[{at, place % kPageTokens}]), expected) << "position " << position;
    }
  }

  Sequences sequences_{{.max_rows = 100,
                        .max_sequences = 4,
                        .max_pages_per_sequence = kPages,
                        .ropes = {{.frequencies = {0.5}}},
                        .window = {.tokens = 256, .sink = 64}}};
  std::vector<std::uint32_t> slot_ = std::vector<std::uint32_t>(sequences_.layout().slot_words);
  std::map<std::uint32_t, std::vector<std::uint32_t>> texts_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Cell> cells_;
  std::uint64_t begun_ = 0, completed_ = 0;
  std::mt19937 random_{11};
};

TEST(SlidingWindow, EachSequenceFindsItsText) {
  Simulation simulation;
  for (int round = 0; round < 5000 && !testing::Test::HasFatalFailure(); ++round) {
    const std::uint32_t sequence = simulation.random() % 4;
    switch (simulation.random() % 12) {
      case 0:
        simulation.create();
        break;
      case 1:
        simulation.fork(sequence);
        break;
      case 2:
        simulation.rewind(sequence);
        break;
      case 3:
        if (simulation.random() % 8 == 0) simulation.free(sequence);
        break;
      case 4:
      case 5:
        simulation.complete();
        break;
      default:
        simulation.grow(sequence, 1 + simulation.random() % 100);
    }
  }
  EXPECT_GT(simulation.steps(), 1000U);
}

}  // namespace
