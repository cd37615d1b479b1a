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
  const std::optional<std::uint32_t> child = create();
  if (!child) return std::nullopt;
  Sequence& begun = sequences_[*child];
  begun.length = length;
  for (; begun.pages < pages_for(length); ++begun.pages) {
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

SequenceFault Sequences::reserve(std::uint32_t sequence, std::uint32_t tokens) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  const std::uint32_t wanted = pages_for(tokens);
  if (wanted > options_.max_pages_per_sequence) return SequenceFault::context_full;
  for (std::uint32_t& pages = sequences_[sequence].pages; pages < wanted; ++pages) {
    const std::optional<std::uint32_t> page = pool_.take();
    if (!page) return SequenceFault::no_free_page;
    entry(sequence, pages) = *page;
    mark_changed(sequence, pages);
  }
  return SequenceFault::none;
}

SequenceFault Sequences::rewind(std::uint32_t sequence, std::uint32_t length) {
  if (!exists(sequence)) return SequenceFault::no_such_sequence;
  if (length > sequences_[sequence].length) return SequenceFault::not_in_sequence;
  const std::uint32_t within = length % kPageTokens;
  if (within != 0 && pool_.holders(entry(sequence, length / kPageTokens)) > 1) length -= within;
  drop_pages(sequence, pages_for(length));
  sequences_[sequence].length = length;
  return SequenceFault::none;
}

void Sequences::drop_pages(std::uint32_t sequence, std::uint32_t keep) {
  for (std::uint32_t& pages = sequences_[sequence].pages; pages > keep; --pages) {
    std::uint32_t& page = entry(sequence, pages - 1);
    pool_.drop(page);
    page = kUnmappedPage;
    mark_changed(sequence, pages - 1);
  }
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

SequenceFault Sequences::check_step(std::span<const StepRow> rows,
                                    std::span<const std::uint32_t> outputs,
                                    std::size_t slot_words) const {
  if (rows.size() > options_.max_rows || outputs.size() > options_.max_sequences)
    return SequenceFault::too_many_rows;
  if (slot_words < layout_.slot_words) return SequenceFault::slot_too_small;
  std::vector<std::uint32_t> next;
  for (const Sequence& sequence : sequences_) next.push_back(sequence.length);
  for (const StepRow& row : rows) {
    if (!exists(row.sequence)) return SequenceFault::no_such_sequence;
    if (row.position != next[row.sequence]++) return SequenceFault::out_of_order;
    if (row.position / kPageTokens >= sequences_[row.sequence].pages)
      return SequenceFault::not_reserved;
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
    slot[layout_.sequences + i] = row.sequence;
    slot[layout_.positions + i] = row.position;
    pages = std::max(pages, row.position / kPageTokens + 1);
    sequences_[row.sequence].length = row.position + 1;
    for (std::uint32_t t = 0; t < layout_.rope_tables; ++t) {
      const std::uint32_t width = layout_.rope_width[t];
      write_rope_row(options_.ropes[t], row.position,
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
