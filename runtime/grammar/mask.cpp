// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/mask.h"

#include <algorithm>

namespace runtime::grammar {
namespace {

std::uint32_t hash_of(const Place& place) {
  return mix(mix(0, place.row), static_cast<std::uint32_t>(place.tuple));
}

}  // namespace

bool MaskMaker::fill(Recognizer& recognizer, std::span<std::uint32_t> words) {
  if (generation_ != chart_.generation() || kept_words_.size() > kMaxKeptWords) forget();
  const Place& place = recognizer.place();
  if (const Kept* kept = find(place)) {
    if (kept->ids > 0) {
      write(kept->inside, std::span(kept_words_).subspan(kept->first, kept->ids), words);
    } else {
      std::copy_n(kept_words_.begin() + kept->first, words.size(), words.begin());
    }
  } else if (!make(recognizer, words)) {
    std::ranges::fill(words, 0U);
    return false;
  }
  if (place.complete)
    for (const std::uint32_t id : index_.ends()) words[id / 32] |= 1U << id % 32;
  return true;
}

bool MaskMaker::make(Recognizer& recognizer, std::span<std::uint32_t> words) {
  const Place place = recognizer.place();
  const StringTokens& tokens = index_.by_string();
  lookahead_.begin_mask();
  const bool by_tails = lookahead_.stays(place.tuple);
  const bool inside = lookahead_.allows_most(place.tuple);
  found_.clear();
  chart_.take_asked();
  if (!lookahead_.allows_all(place.tuple, kAllKinds, tokens.inside().height()) &&
      !walk_inside(recognizer, inside))
    return false;
  const std::size_t inside_count = found_.size();
  bool done = walk(recognizer, by_tails ? tokens.tails() : tokens.rest());
  const bool asked = chart_.take_asked();
  if (done && asked && by_tails) {  // tails are not the whole text
    found_.resize(inside_count);
    done = walk(recognizer, tokens.rest());
  }
  if (!done) return false;
  write(inside, found_, words);
  if (asked) return true;
  const bool as_ids = found_.size() < words.size() && !found_.empty();
  keep(place, as_ids ? std::span<const std::uint32_t>(found_) : words);
  if (as_ids) kept_.back().ids = static_cast<std::uint32_t>(found_.size());
  kept_.back().inside = inside;
  return true;
}

bool MaskMaker::walk_inside(Recognizer& recognizer, bool others) {
  return walk_.run_inside(index_.by_string().inside(), chart_, recognizer.trace(),
                          recognizer.place(), recognizer.size(), lookahead_, others, found_);
}

bool MaskMaker::walk(Recognizer& recognizer, const TokenTrie& trie) {
  return walk_.run(trie, chart_, recognizer.trace(), recognizer.place(), recognizer.size(), found_);
}

void MaskMaker::write(bool inside, std::span<const std::uint32_t> ids,
                      std::span<std::uint32_t> words) const {
  if (inside) {
    std::ranges::copy(index_.by_string().inside_bitmap(), words.begin());
  } else {
    std::ranges::fill(words, 0U);
  }
  for (const std::uint32_t id : ids) words[id / 32] ^= 1U << id % 32;
}

const MaskMaker::Kept* MaskMaker::find(const Place& place) const {
  const std::uint32_t id = kept_ids_.find(hash_of(place), [&](std::uint32_t i) {
    return kept_[i].row == place.row && kept_[i].tuple == place.tuple;
  });
  return id == IdTable::kNone ? nullptr : &kept_[id];
}

void MaskMaker::keep(const Place& place, std::span<const std::uint32_t> words) {
  kept_ids_.insert(hash_of(place), static_cast<std::uint32_t>(kept_.size()));
  kept_.push_back({.row = place.row,
                   .tuple = place.tuple,
                   .first = static_cast<std::uint32_t>(kept_words_.size())});
  kept_words_.insert(kept_words_.end(), words.begin(), words.end());
}

void MaskMaker::forget() {
  kept_.clear();
  kept_words_.clear();
  kept_ids_.clear();
  lookahead_.clear();
  generation_ = chart_.generation();
}

}  // namespace runtime::grammar
