// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/matcher.h"

#include <algorithm>
#include <utility>

namespace runtime::grammar {

Matcher::Matcher(std::shared_ptr<Constraint> constraint)
    : constraint_(std::move(constraint)),
      recognizer_(std::shared_ptr<Chart>(constraint_, &constraint_->chart())) {}

bool Matcher::is_end(std::uint32_t token) const {
  return std::ranges::find(constraint_->index().ends(), token) != constraint_->index().ends().end();
}

Outcome Matcher::begin() {
  constraint_->begin_work();
  return recognizer_.refresh() ? Outcome::done : Outcome::out_of_fuel;
}

Outcome Matcher::fill_mask(std::span<std::uint32_t> words) {
  if (const Outcome outcome = begin(); outcome != Outcome::done) return outcome;
  if (ended_) {
    std::ranges::fill(words, 0U);
    for (const std::uint32_t id : constraint_->index().ends()) words[id / 32] |= 1U << id % 32;
    return Outcome::done;
  }
  if (!constraint_->masks().fill(recognizer_, words)) return Outcome::out_of_fuel;
  const bool any = std::ranges::any_of(words, [](std::uint32_t word) { return word != 0; });
  return any ? Outcome::done : Outcome::stuck;
}

Outcome Matcher::accept(std::uint32_t token) {
  if (const Outcome outcome = begin(); outcome != Outcome::done) return outcome;
  if (ended_) return is_end(token) ? Outcome::done : Outcome::refused;
  if (is_end(token)) {
    if (!is_complete()) return Outcome::refused;
    ended_ = true;
  } else {
    const std::string_view text = constraint_->index().text(token);
    if (text.empty()) return Outcome::refused;
    if (!recognizer_.advance(text))
      return constraint_->grammar().fuel().exhausted() ? Outcome::out_of_fuel : Outcome::refused;
  }
  tokens_.push_back(token);
  return Outcome::done;
}

std::size_t Matcher::validate(std::span<const std::uint32_t> tokens) {
  if (begin() != Outcome::done) return 0;
  bool ended = ended_;
  Place place = recognizer_.place();
  std::size_t position = recognizer_.size();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_end(tokens[i])) {
      if (!ended && !place.complete) return i;
      ended = true;
      continue;
    }
    const std::string_view text = constraint_->index().text(tokens[i]);
    if (ended || text.empty()) return i;
    for (const char byte : text) {
      Place next;
      if (!constraint_->chart().step(recognizer_.trace(), place, static_cast<std::uint8_t>(byte),
                                     position++, next))
        return i;
      place = next;
    }
  }
  return tokens.size();
}

void Matcher::rollback(std::size_t tokens) {
  std::size_t bytes = 0;
  for (; tokens > 0; --tokens) {
    if (!is_end(tokens_.back())) bytes += constraint_->index().text(tokens_.back()).size();
    tokens_.pop_back();
  }
  ended_ = !tokens_.empty() && is_end(tokens_.back());
  recognizer_.retreat(bytes);
}

}  // namespace runtime::grammar
