// SPDX-License-Identifier: Apache-2.0
// The bookkeeping of sequences: which positions of each sequence lie on which page of the KV cache,
// and what a step's slot of the step buffer holds (runtime/formats/step_layout.h).
//
//   Sequences sequences(options);
//   const auto chat = *sequences.create();
//   sequences.reserve(chat, 5 + 4);                  // pages for the prompt and four steps ahead
//   sequences.begin_step();                          // 1
//   sequences.write_step(rows, outputs, slot);       // positions 0..4 of chat, logits of the last
//   sequences.completed(1);
//   sequences.rewind(chat, 5);                       // forget what was computed past a stop
//
// Positions are those of the text. With a window (sliding_window.h) a text may grow longer than its
// pages: when rows [next, limit) are none, slide() lets the oldest pages after the sink go, and
// those after them take their entries of the page table:
//
//   entry      0      1      2      3                  0      1      2
//            | sink | a    | b    | c    |   slide   | sink | b    | c    |
//
// Keys stay rotated as they are: attention only knows differences of positions. What differs is how
// far the sink lies away, so that its rows are computed anew, nearer by what was dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/formats/step_layout.h"
#include "runtime/host/page_pool.h"
#include "runtime/host/sliding_window.h"

namespace runtime::host {

// One rope table: a row of it holds cos(position * f) * scale for each f, then the sines.
struct RopeTable {
  std::vector<double> frequencies;  // the inverse frequencies, after the model's rope scaling
  double scale = 1;                 // its attention factor
};

struct SequenceOptions {
  std::uint32_t max_rows = 0;  // of a step
  std::uint32_t max_sequences = 0;
  std::uint32_t max_pages_per_sequence = 0;  // ceil(context / kPageTokens)
  std::uint32_t max_pages = 0;               // of all sequences together; 0: no other limit
  std::vector<RopeTable> ropes;              // at most formats::kMaxRopeTables
  SlidingWindow window;                      // of every sequence; at most its pages
};

enum class SequenceFault : std::int32_t {
  none = 0,
  no_such_sequence = -1,
  context_full = -2,   // more positions than a sequence may have
  no_free_page = -3,   // other sequences hold all pages, or steps in flight do
  too_many_rows = -4,  // more rows, or outputs, than a step may have
  not_reserved = -5,   // a row's position has no page
  out_of_order = -6,   // a row's position is not the next of its sequence
  bad_output = -7,     // an output names a row that the step does not have
  slot_too_small = -8,
  not_in_sequence = -9,  // rewinding to where the sequence has not been
  not_full = -10         // sliding before the window is full
};

struct StepRow {
  std::uint32_t sequence = 0;
  std::uint32_t position = 0;
};

// Words [first, first + count) of the page table.
struct TableRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class Sequences {
 public:
  explicit Sequences(SequenceOptions options);

  const formats::StepLayout& layout() const { return layout_; }

  // A new, empty sequence: the lowest id that is free; nullopt if there is none.
  std::optional<std::uint32_t> create();
  // A new sequence that begins as `parent` does: it holds the parent's pages below `length`, a
  // multiple of kPageTokens that kept() does not cut. A page that several hold is full, and never
  // written again.
  std::optional<std::uint32_t> fork(std::uint32_t parent, std::uint32_t length);
  SequenceFault free(std::uint32_t sequence);

  // How many positions have been written into steps; 0 for a sequence that does not exist.
  std::uint32_t length(std::uint32_t sequence) const;

  // The rows that steps may compute next: [next, limit). They lie in the sink after a slide, and
  // else begin at `length`; without a window the pages are the only limit.
  static constexpr std::uint32_t kNoLimit = 0x7fff'ffff;
  std::uint32_t next(std::uint32_t sequence) const;
  std::uint32_t limit(std::uint32_t sequence) const;
  // Tokens that the window has left behind: rows after the sink lie so far before their positions.
  std::uint32_t dropped(std::uint32_t sequence) const;
  // Makes room in a full window.
  SequenceFault slide(std::uint32_t sequence);

  // Gives every position from the next to `end` a page. What has been reserved before stays.
  SequenceFault reserve(std::uint32_t sequence, std::uint32_t end);

  // How much would stay of the positions below `length`. Where it lies within a page that others
  // hold, too, all of that page is forgotten; where it lies before the last slide, everything:
  // those rows saw what is gone.
  std::uint32_t kept(std::uint32_t sequence, std::uint32_t length) const;
  // Forgets the positions from kept(length) on, and frees the pages that only they need.
  SequenceFault rewind(std::uint32_t sequence, std::uint32_t length);

  // Numbers steps in the order of their submission: call before the write_step of each.
  std::uint64_t begin_step() { return pool_.begin_step(); }
  // All steps up to `step` have completed on the GPU: pages that only they touched may be reused.
  void completed(std::uint64_t step) { pool_.complete(step); }

  // How many pages the cache's pools must hold before the next submit.
  std::uint32_t pages_needed() const { return pool_.high_water(); }

  // u32[max_sequences][max_pages_per_sequence]: physical pages, kUnmappedPage elsewhere.
  std::span<const std::uint32_t> page_table() const { return table_; }
  // The part of the table that has changed since the last call.
  TableRange take_table_changes();

  struct StepResult {
    SequenceFault fault = SequenceFault::none;
    std::uint32_t words = 0;  // the slot's words from 0 that hold something
  };
  // Fills a slot for `rows` and makes their sequences longer. The rows of one sequence come in the
  // order of their positions and begin at its next. `outputs` are indices of rows. On a fault
  // nothing changes.
  StepResult write_step(std::span<const StepRow> rows, std::span<const std::uint32_t> outputs,
                        std::span<std::uint32_t> slot);

 private:
  struct Sequence {
    bool alive = false;
    std::uint32_t length = 0;
    std::uint32_t pages = 0;    // the first so many entries of its table row are reserved
    std::uint32_t next = 0;     // the position of the next row
    std::uint32_t dropped = 0;  // tokens after the sink
    std::uint32_t slid_at = 0;  // the length when the last of them were
  };

  bool exists(std::uint32_t sequence) const {
    return sequence < sequences_.size() && sequences_[sequence].alive;
  }
  std::uint32_t& entry(std::uint32_t sequence, std::uint32_t page) {
    return table_[sequence * options_.max_pages_per_sequence + page];
  }
  std::uint32_t entry(std::uint32_t sequence, std::uint32_t page) const {
    return table_[sequence * options_.max_pages_per_sequence + page];
  }
  // Where a position lies: in slot % kPageTokens of page slot / kPageTokens of its sequence.
  std::uint32_t slot_of(const Sequence& sequence, std::uint32_t position) const;
  void pass_row(Sequence& sequence) const;
  void mark_changed(std::uint32_t sequence, std::uint32_t page);
  void drop_page(std::uint32_t sequence, std::uint32_t page);
  void drop_pages(std::uint32_t sequence, std::uint32_t keep);
  void renew_sink(std::uint32_t sequence);
  SequenceFault check_step(std::span<const StepRow> rows, std::span<const std::uint32_t> outputs,
                           std::size_t slot_words) const;

  SequenceOptions options_;
  formats::StepLayout layout_;
  PagePool pool_;
  std::vector<Sequence> sequences_;
  std::vector<std::uint32_t> table_;
  TableRange changes_;
};

}  // namespace runtime::host
