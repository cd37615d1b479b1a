// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/mask.h"

#include <algorithm>

namespace runtime::grammar {
namespace {

// Up to a limit so short, a walk is over soon.
constexpr std::uint32_t kFewCharacters = 2;

constexpr unsigned kMaxLooks = 128;

void add_bits(std::span<const std::uint32_t> bits, std::span<std::uint32_t> words) {
  for (std::size_t i = 0; i < words.size(); ++i) words[i] |= bits[i];
}

}  // namespace

bool MaskMaker::fill(Recognizer& recognizer, std::span<std::uint32_t> words) {
  if (generation_ != chart_.generation() || kept_words_.size() > kMaxKeptWords) forget();
  std::ranges::fill(words, 0U);
  const Place& place = recognizer.place();
  for (const bool is_long : {false, true}) {
    const StringTokens& tokens = is_long ? index_.long_tokens() : index_.short_tokens();
    Reading reading{chart_, recognizer.trace(), place, recognizer.size()};
    reading.from.tuple = chart_.lexer().within(place.tuple, tokens.bytes());
    if (add(reading, tokens, is_long, words)) continue;
    std::ranges::fill(words, 0U);
    return false;
  }
  if (place.complete)
    for (const std::uint32_t id : index_.ends()) words[id / 32] |= 1U << id % 32;
  return true;
}

// Of `words`, the bits of these tokens are zero.
bool MaskMaker::add(const Reading& reading, const StringTokens& tokens, bool is_long,
                    std::span<std::uint32_t> words) {
  Kept kept{.row = reading.from.row, .tuple = reading.from.tuple, .is_long = is_long};
  if (const Kept* known = find(kept)) {
    const auto content = std::span(kept_words_).subspan(known->first, known->count);
    if (!known->bitmap) {
      write(tokens, known->inside, content, words);
    } else {
      add_bits(content, words);
    }
    return true;
  }
  lookahead_.begin_mask(is_long ? 0 : kMaxLooks);
  kept.inside = lookahead_.allows_most(kept.tuple);
  if (!search(reading, tokens, kept)) return false;
  write(tokens, kept.inside, found_, words);
  kept.bitmap = found_.size() >= words.size();
  if (!asked_) keep(kept, kept.bitmap ? std::span<const std::uint32_t>(words) : found_);
  return true;
}

// Of tokens inside strings finds those that may come, or may not where they are all taken to be
// inside; then all others that may come.
bool MaskMaker::search(const Reading& reading, const StringTokens& tokens, const Kept& kept) {
  found_.clear();
  chart_.take_asked();
  const std::uint32_t limit = lookahead_.limit(kept.tuple).value_or(0);
  const bool is_all = kept.inside && lookahead_.allows_all(kept.tuple, kAllKinds, tokens.bytes());
  if (limit >= kFewCharacters) {
    find_by_length(tokens, limit, kept.inside);
  } else if (!is_all && !walk_.run(tokens.inside(), reading, found_,
                                   kept.is_long ? nullptr : &lookahead_, kept.inside)) {
    return false;
  }
  const std::size_t inside_count = found_.size();
  const bool by_tails = lookahead_.stays(kept.tuple);
  bool done = walk_.run(by_tails ? tokens.tails() : tokens.rest(), reading, found_);
  asked_ = chart_.take_asked();
  if (done && asked_ && by_tails) {  // tails are not the whole text
    found_.resize(inside_count);
    done = walk_.run(tokens.rest(), reading, found_);
  }
  return done;
}

// Of tokens inside strings those of up to `limit` characters, or with `longer` all others. Without
// branches, since these would be guessed wrong.
void MaskMaker::find_by_length(const StringTokens& tokens, std::uint32_t limit, bool longer) {
  const auto ids = tokens.inside().ids();
  found_.resize(ids.size() + 1);
  std::size_t count = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    found_[count] = ids[i];
    count += static_cast<std::size_t>((tokens.characters()[i] > limit) == longer);
  }
  found_.resize(count);
}

void MaskMaker::write(const StringTokens& tokens, bool inside, std::span<const std::uint32_t> ids,
                      std::span<std::uint32_t> words) const {
  if (inside) add_bits(tokens.inside_bitmap(), words);
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
