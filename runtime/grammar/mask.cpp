// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/mask.h"

#include <algorithm>

namespace runtime::grammar {
namespace {

// Up to a limit so short, a walk is over soon.
constexpr std::uint32_t kFewCharacters = 3;

}  // namespace

bool MaskMaker::fill(Recognizer& recognizer, std::span<std::uint32_t> words) {
  if (generation_ != chart_.generation() || kept_words_.size() > kMaxKeptWords) forget();
  const Place& place = recognizer.place();
  const auto within = [&](std::uint32_t bytes) {
    Place near = place;
    near.tuple = chart_.lexer().within(place.tuple, bytes);
    return near;
  };
  if (!fill_short(recognizer, within(index_.short_tokens().bytes()), words) ||
      !add_long(recognizer, within(index_.long_tokens().bytes()), words)) {
    std::ranges::fill(words, 0U);
    return false;
  }
  if (place.complete)
    for (const std::uint32_t id : index_.ends()) words[id / 32] |= 1U << id % 32;
  return true;
}

bool MaskMaker::fill_short(Recognizer& recognizer, const Place& from,
                           std::span<std::uint32_t> words) {
  Kept kept{.row = from.row, .tuple = from.tuple};
  if (const Kept* known = find(kept)) {
    const auto content = std::span(kept_words_).subspan(known->first, known->count);
    if (!known->bitmap) {
      write(known->inside, content, words);
    } else {
      std::ranges::copy(content, words.begin());
    }
    return true;
  }
  lookahead_.begin_mask();
  kept.inside = lookahead_.allows_most(from.tuple);
  const std::uint32_t limit = lookahead_.limit(from.tuple).value_or(0);
  if (!search(recognizer, from, index_.short_tokens(), kept.inside, limit)) return false;
  write(kept.inside, found_, words);
  kept.bitmap = found_.size() >= words.size();
  if (!asked_) keep(kept, kept.bitmap ? std::span<const std::uint32_t>(words) : found_);
  return true;
}

bool MaskMaker::add_long(Recognizer& recognizer, const Place& from,
                         std::span<std::uint32_t> words) {
  const Kept kept{.row = from.row, .tuple = from.tuple, .is_long = true};
  std::span<const std::uint32_t> ids = found_;
  if (const Kept* known = find(kept)) {
    ids = std::span(kept_words_).subspan(known->first, known->count);
  } else {
    if (!search(recognizer, from, index_.long_tokens(), false, 0)) return false;
    if (!asked_) keep(kept, found_);
    ids = found_;
  }
  for (const std::uint32_t id : ids) words[id / 32] |= 1U << id % 32;
  return true;
}

// Of tokens inside strings finds those that may come, or may not where they are all taken to be
// `inside`; then all others that may come. `limit`: Lookahead::limit, or 0.
bool MaskMaker::search(Recognizer& recognizer, const Place& from, const StringTokens& tokens,
                       bool inside, std::uint32_t limit) {
  Trace& trace = recognizer.trace();
  const std::size_t position = recognizer.size();
  const bool by_tails = lookahead_.stays(from.tuple);
  found_.clear();
  chart_.take_asked();
  const bool is_all = inside && lookahead_.allows_all(from.tuple, kAllKinds, tokens.bytes());
  if (limit >= kFewCharacters) {
    find_by_length(tokens, limit, inside);
  } else if (!is_all && !walk_.run_inside(tokens.inside(), chart_, trace, from, position,
                                          lookahead_, inside, found_)) {
    return false;
  }
  const std::size_t inside_count = found_.size();
  const auto walk = [&](const TokenTrie& trie) {
    return walk_.run(trie, chart_, trace, from, position, found_);
  };
  bool done = walk(by_tails ? tokens.tails() : tokens.rest());
  asked_ = chart_.take_asked();
  if (done && asked_ && by_tails) {  // tails are not the whole text
    found_.resize(inside_count);
    done = walk(tokens.rest());
  }
  return done;
}

// Of tokens inside strings those of up to `limit` characters, or with `longer` all others. Without
// branches, since these would be guessed wrong.
void MaskMaker::find_by_length(const StringTokens& tokens, std::uint32_t limit, bool longer) {
  const auto characters = tokens.characters();
  found_.resize(characters.size() + 1);
  std::size_t count = 0;
  for (std::uint32_t id = 0; id < characters.size(); ++id) {
    found_[count] = id;
    const bool is_longer = characters[id] > limit;
    count += static_cast<std::size_t>(characters[id] != 0) &
             static_cast<std::size_t>(is_longer == longer);
  }
  found_.resize(count);
}

void MaskMaker::write(bool inside, std::span<const std::uint32_t> ids,
                      std::span<std::uint32_t> words) const {
  if (inside) {
    std::ranges::copy(index_.short_tokens().inside_bitmap(), words.begin());
  } else {
    std::ranges::fill(words, 0U);
  }
  for (const std::uint32_t id : ids) words[id / 32] ^= 1U << id % 32;
}

namespace {

std::uint32_t hash_of(const auto& kept) {
  return mix(mix(kept.is_long ? 1 : 0, kept.row), static_cast<std::uint32_t>(kept.tuple));
}

}  // namespace

const MaskMaker::Kept* MaskMaker::find(const Kept& wanted) const {
  const std::uint32_t id = kept_ids_.find(hash_of(wanted), [&](std::uint32_t i) {
    return kept_[i].row == wanted.row && kept_[i].tuple == wanted.tuple &&
           kept_[i].is_long == wanted.is_long;
  });
  return id == IdTable::kNone ? nullptr : &kept_[id];
}

void MaskMaker::keep(Kept kept, std::span<const std::uint32_t> words) {
  kept.first = static_cast<std::uint32_t>(kept_words_.size());
  kept.count = static_cast<std::uint32_t>(words.size());
  kept_ids_.insert(hash_of(kept), static_cast<std::uint32_t>(kept_.size()));
  kept_.push_back(kept);
  kept_words_.append(words);
}

void MaskMaker::forget() {
  kept_.clear();
  kept_words_.clear();
  kept_ids_.clear();
  lookahead_.clear();
  generation_ = chart_.generation();
}

}  // namespace runtime::grammar
