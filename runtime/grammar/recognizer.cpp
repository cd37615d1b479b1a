// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/recognizer.h"

#include <string>

namespace runtime::grammar {

Recognizer::Recognizer(Grammar& grammar) : chart_(grammar) { places_.push_back(chart_.start()); }

bool Recognizer::advance(std::uint8_t byte) {
  Place next;
  if (!chart_.step(place(), byte, size(), next)) return false;
  places_.push_back(next);
  return true;
}

bool Recognizer::advance(std::string_view text) {
  const std::size_t before = places_.size();
  for (const char byte : text) {
    if (advance(static_cast<std::uint8_t>(byte))) continue;
    places_.resize(before);
    return false;
  }
  return true;
}

bool Recognizer::trim(std::size_t bytes) {
  if (chart_.bytes() <= bytes) return false;
  const std::string so_far(text());
  chart_.clear();
  places_.assign(1, chart_.start());
  advance(so_far);
  return true;
}

}  // namespace runtime::grammar
