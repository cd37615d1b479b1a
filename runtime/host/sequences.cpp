// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/sequences.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace runtime::host {
namespace {

using formats::kPageTokens;
using formats::kUnmappedPage;

formats::StepLayout layout_of(const SequenceOptions& options) {
  std::vector<std::uint32_t> widths;
  for (const RopeTable& rope : options.ropes)
    widths.push_back(static_cast<std::uint32_t>(2 * rope.frequencies.size()));
  return formats::make_step_layout(options.max_rows, widths);
}

std::uint32_t capacity_of(const SequenceOptions& options) {
  return options.max_pages != 0 ? options.max_pages
                                : options.max_sequences * options.max_pages_per_sequence;
}

std::uint32_t pages_for(std::uint32_t tokens) {
  return tokens / kPageTokens + (tokens % kPageTokens != 0 ? 1 : 0);
}

// Angles in f64: an f32 angle of a late position is off by whole turns of the fastest frequency.
void write_rope_row(const RopeTable& rope, std::uint32_t position, std::span<std::uint32_t> row) {
  const std::size_t count = rope.frequencies.size();
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = static_cast<double>(position) * rope.frequencies[i];
    row[i] = std::bit_cast<std::uint32_t>(static_cast<float>(std::cos(angle) * rope.scale));
    row[count + i] = std::bit_cast<std::uint32_t>(static_cast<float>(std::sin(angle) * rope.scale));
  }
}

}  // namespace

Sequences::Sequences(SequenceOptions options)
    : options_(std::move(options)),
      layout_(layout_of(options_)),
      pool_(capacity_of(options_)),
      sequences_(options_.max_sequences),
      table_(std::size_t{options_.max_sequences} * options_.max_pages_per_sequence, kUnmappedPage) {
}

std::optional<std::uint32_t> Sequences::create() {
  for (std::uint32_t id = 0; id < sequences_.size(); ++id) {
    if (sequences_[id].alive) continue;
    sequences_[id] = {.alive = true};
    return id;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Sequences::fork(std::uint32_t parent, std::uint32_t length) {
  if (length % kPageTokens != 0 || length > this->length(parent)) return std::nullopt;
  const bool is_whole = next(parent) == this->length(parent);
  if (length > 0 && (!is_whole || kept(parent, length) != length)) return std::nullopt;
  const std::optional<std::uint32_t> child = create();
  if (!child) return std::nullopt;
  Sequence& begun = sequences_[*child];
  if (length == 0) return child;
  begun = sequences_[parent];
  begun.length = begun.next = length;
  const std::uint32_t pages = pages_for(slot_of(begun, length));
  for (begun.pages = 0; begun.pages < pages; ++begun.pages) {
    const std::uint32_t page = entry(parent, begun.pages);
    pool_.share(page);
    entry(*child, begun.pages) = page;
    mark_changed(*child, begun.pages);
  }
  return child;
}

SequenceFault Sequences::free(std::uint32_t sequence) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  drop_pages(sequence, 0);
  sequences_[sequence] = {};
  return SequenceFault::none;
}

std::uint32_t Sequences::length(std::uint32_t sequence) const {
  return exists(sequence) ? sequences_[sequence].length : 0;
}

std::uint32_t Sequences::next(std::uint32_t sequence) const {
  return exists(sequence) ? sequences_[sequence].next : 0;
}

std::uint32_t Sequences::limit(std::uint32_t sequence) const {
  if (!exists(sequence)) return 0;
  const Sequence& asked = sequences_[sequence];
  if (asked.next < asked.length) return options_.window.sink;
  if (options_.window.tokens != 0) return asked.dropped + options_.window.tokens;
  return kNoLimit;
}

std::uint32_t Sequences::dropped(std::uint32_t sequence) const {
  return exists(sequence) ? sequences_[sequence].dropped : 0;
}

std::uint32_t Sequences::slot_of(const Sequence& sequence, std::uint32_t position) const {
  const std::uint32_t sink = options_.window.sink;
  if (position < sink) return position;
  return std::max(position, sink + sequence.dropped) - sequence.dropped;
}

SequenceFault Sequences::slide(std::uint32_t sequence) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  Sequence& full = sequences_[sequence];
  const SlidingWindow& window = options_.window;
  if (window.tokens == 0 || full.next < limit(sequence)) return SequenceFault::not_full;
  const std::uint32_t first = window.sink / kPageTokens, count = window.stride() / kPageTokens;
  for (std::uint32_t page = first; page < first + count; ++page) drop_page(sequence, page);
  for (std::uint32_t page = first; page + count < full.pages; ++page) {
    std::swap(entry(sequence, page), entry(sequence, page + count));
    mark_changed(sequence, page);
    mark_changed(sequence, page + count);
  }
  full.pages -= count;
  full.dropped += window.stride();
  full.slid_at = full.length;
  renew_sink(sequence);
  return SequenceFault::none;
}

// The rows of the sink are computed again, on pages that nobody else reads.
void Sequences::renew_sink(std::uint32_t sequence) {
  if (options_.window.sink == 0) return;
  sequences_[sequence].next = 0;
  for (std::uint32_t page = 0; page < options_.window.sink / kPageTokens; ++page) {
    const std::uint32_t held = entry(sequence, page);
    if (held != kUnmappedPage && pool_.holders(held) > 1) drop_page(sequence, page);
  }
}

SequenceFault Sequences::reserve(std::uint32_t sequence, std::uint32_t end) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  Sequence& growing = sequences_[sequence];
  const std::uint32_t wanted = pages_for(slot_of(growing, end));
  if (wanted > options_.max_pages_per_sequence) return SequenceFault::context_full;
  for (std::uint32_t page = slot_of(growing, growing.next) / kPageTokens; page < wanted; ++page) {
    if (entry(sequence, page) != kUnmappedPage) continue;
    const std::optional<std::uint32_t> taken = pool_.take();
    if (!taken) return SequenceFault::no_free_page;
    entry(sequence, page) = *taken;
    mark_changed(sequence, page);
    growing.pages = std::max(growing.pages, page + 1);
  }
  return SequenceFault::none;
}

std::uint32_t Sequences::kept(std::uint32_t sequence, std::uint32_t length) const {
  if (!exists(sequence)) return 0;
  const Sequence& asked = sequences_[sequence];
  length = std::min(length, asked.length);
  const std::uint32_t within = length % kPageTokens;
  if (within != 0 && asked.slid_at <= length) {
    const std::uint32_t page = entry(sequence, slot_of(asked, length) / kPageTokens);
    if (page != kUnmappedPage && pool_.holders(page) > 1) length -= within;
  }
  return length < asked.slid_at ? 0 : length;
}

SequenceFault Sequences::rewind(std::uint32_t sequence, std::uint32_t length) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  Sequence& rewound = sequences_[sequence];
  if (length > rewound.length) return SequenceFault::not_in_sequence;
  length = kept(sequence, length);
  drop_pages(sequence, pages_for(length == 0 ? 0 : slot_of(rewound, length)));
  if (length == 0) rewound = {.alive = true};
  rewound.length = rewound.next = length;
  if (rewound.dropped > 0) renew_sink(sequence);  // a step that computed it may have failed
  return SequenceFault::none;
}

void Sequences::drop_page(std::uint32_t sequence, std::uint32_t page) {
  std::uint32_t& dropped = entry(sequence, page);
  if (dropped == kUnmappedPage) return;
  pool_.drop(dropped);
  dropped = kUnmappedPage;
  mark_changed(sequence, page);
}

void Sequences::drop_pages(std::uint32_t sequence, std::uint32_t keep) {
  for (std::uint32_t& pages = sequences_[sequence].pages; pages > keep; --pages)
    drop_page(sequence, pages - 1);
}

void Sequences::mark_changed(std::uint32_t sequence, std::uint32_t page) {
  const std::uint32_t word = sequence * options_.max_pages_per_sequence + page;
  if (changes_.count == 0) {
    changes_ = {word, 1};
    return;
  }
  const std::uint32_t first = std::min(changes_.first, word);
  const std::uint32_t end = std::max(changes_.first + changes_.count, word + 1);
  changes_ = {first, end - first};
}

TableRange Sequences::take_table_changes() { return std::exchange(changes_, {}); }

void Sequences::pass_row(Sequence& sequence) const {
  if (sequence.next == sequence.length)
    sequence.next = ++sequence.length;
  else if (++sequence.next == options_.window.sink)
    sequence.next = sequence.length;
}

SequenceFault Sequences::check_step(std::span<const StepRow> rows,
                                    std::span<const std::uint32_t> outputs,
                                    std::size_t slot_words) const {
  if (rows.size() > options_.max_rows || outputs.size() > options_.max_sequences)
    return SequenceFault::too_many_rows;
  if (slot_words < layout_.slot_words) return SequenceFault::slot_too_small;
  std::vector<Sequence> after = sequences_;
  for (const StepRow& row : rows) {
    if (!exists(row.sequence)) return SequenceFault::no_such_sequence;
    Sequence& sequence = after[row.sequence];
    if (row.position != sequence.next) return SequenceFault::out_of_order;
    const std::uint32_t page = slot_of(sequence, row.position) / kPageTokens;
    if (page >= sequence.pages || entry(row.sequence, page) == kUnmappedPage)
      return SequenceFault::not_reserved;
    pass_row(sequence);
  }
  for (const std::uint32_t output : outputs)
    if (output >= rows.size()) return SequenceFault::bad_output;
  return SequenceFault::none;
}

Sequences::StepResult Sequences::write_step(std::span<const StepRow> rows,
                                            std::span<const std::uint32_t> outputs,
                                            std::span<std::uint32_t> slot) {
  const SequenceFault fault = check_step(rows, outputs, slot.size());
  if (fault != SequenceFault::none) return {fault, 0};

  std::uint32_t words = layout_.selected + options_.max_rows;
  std::fill_n(slot.begin(), words, 0U);
  slot[formats::kStepRowsWord] = static_cast<std::uint32_t>(rows.size());
  slot[formats::kStepOutputsWord] = static_cast<std::uint32_t>(outputs.size());
  std::copy(outputs.begin(), outputs.end(), slot.begin() + layout_.selected);
  std::uint32_t pages = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StepRow row = rows[i];
    Sequence& sequence = sequences_[row.sequence];
    const std::uint32_t place = slot_of(sequence, row.position);
    slot[layout_.sequences + i] = row.sequence;
    slot[layout_.positions + i] = place;
    pages = std::max(pages, place / kPageTokens + 1);
    pass_row(sequence);
    for (std::uint32_t t = 0; t < layout_.rope_tables; ++t) {
      const std::uint32_t width = layout_.rope_width[t];
      write_rope_row(options_.ropes[t], place + sequence.dropped,
                     slot.subspan(layout_.rope[t] + i * width, width));
    }
  }
  slot[formats::kStepPagesWord] = pages;
  for (std::uint32_t t = 0; t < layout_.rope_tables; ++t)
    words = std::max(
        words, layout_.rope[t] + static_cast<std::uint32_t>(rows.size()) * layout_.rope_width[t]);
  return {SequenceFault::none, words};
}

}  // namespace runtime::host
