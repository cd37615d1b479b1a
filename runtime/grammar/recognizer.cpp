// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/recognizer.h"

#include <utility>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

Recognizer::Recognizer(std::shared_ptr<Chart> chart)
    : chart_(std::move(chart)), generation_(chart_->generation()) {
  places_.push_back(chart_->start(trace_));
}

bool Recognizer::advance(std::uint8_t byte) {
  Place next;
  if (!chart_->step(trace_, place(), byte, size(), next)) return false;
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

bool Recognizer::refresh() {
  if (generation_ == chart_->generation()) return true;
  List<Place> places = {chart_->start(trace_)};
  for (std::size_t i = 0; i < size(); ++i) {
    Place next;
    const auto byte = static_cast<std::uint8_t>(trace_.text[i]);
    if (!chart_->step(trace_, places.back(), byte, i, next)) return false;
    places.push_back(next);
  }
  places_ = std::move(places);
  generation_ = chart_->generation();
  return true;
}

}  // namespace runtime::grammar
