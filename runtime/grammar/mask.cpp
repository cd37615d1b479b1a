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
      write(kept->slice, std::span(kept_words_).subspan(kept->first, kept->ids), words);
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
  Plan plan = plan_for(place.tuple);
  const auto walk = [&](const TokenTrie& trie) {
    found_.clear();
    return walk_.run(trie, chart_, recognizer.trace(), place, recognizer.size(), found_);
  };
  chart_.take_asked();
  bool done = walk(plan.tails              ? index_.strings().tails()
                   : plan.slice != nullptr ? plan.slice->rest
                                           : index_.all());
  bool asked = chart_.take_asked();
  if (done && asked && plan.tails) done = walk(plan.slice->rest);  // tails are not the whole text
  if (!done) return false;
  write(plan.slice, found_, words);
  if (asked) return true;
  if (found_.size() < words.size() && !found_.empty()) {
    keep(place, plan.slice, found_);
    kept_.back().ids = static_cast<std::uint32_t>(found_.size());
  } else {
    keep(place, nullptr, words);
  }
  return true;
}

void MaskMaker::write(const StringSlice* slice, std::span<const std::uint32_t> ids,
                      std::span<std::uint32_t> words) const {
  if (slice != nullptr) {
    std::ranges::copy(slice->bitmap, words.begin());
  } else {
    std::ranges::fill(words, 0U);
  }
  for (const std::uint32_t id : ids) words[id / 32] |= 1U << id % 32;
}

MaskMaker::Plan MaskMaker::plan_for(Tuple tuple) {
  regex::Expressions& expressions = chart_.grammar().expressions();
  std::uint32_t characters = 0;
  for (std::size_t i = 0; i < chart_.lexer().members(tuple).size(); ++i) {
    const regex::Regex rest = chart_.lexer().members(tuple)[i].rest;
    characters = std::max(characters, expressions.prefix_repeats(rest, character_));
  }
  Plan plan{.slice = index_.strings().for_length(characters)};
  plan.tails = characters == regex::kUnbounded && StringSlices::stays(chart_.lexer(), tuple);
  return plan;
}

const MaskMaker::Kept* MaskMaker::find(const Place& place) const {
  const std::uint32_t id = kept_ids_.find(hash_of(place), [&](std::uint32_t i) {
    return kept_[i].row == place.row && kept_[i].tuple == place.tuple;
  });
  return id == IdTable::kNone ? nullptr : &kept_[id];
}

void MaskMaker::keep(const Place& place, const StringSlice* slice,
                     std::span<const std::uint32_t> words) {
  kept_ids_.insert(hash_of(place), static_cast<std::uint32_t>(kept_.size()));
  kept_.push_back({place.row, place.tuple, slice, static_cast<std::uint32_t>(kept_words_.size())});
  kept_words_.insert(kept_words_.end(), words.begin(), words.end());
}

void MaskMaker::forget() {
  kept_.clear();
  kept_words_.clear();
  kept_ids_.clear();
  generation_ = chart_.generation();
}

}  // namespace runtime::grammar
