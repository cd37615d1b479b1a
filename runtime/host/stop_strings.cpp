// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/stop_strings.h"

#include <algorithm>
#include <utility>

namespace runtime::host {

StopStrings::StopStrings(std::vector<std::string> strings) {
  for (std::string& string : strings) {
    Pattern pattern{.bytes = std::move(string), .border = {}};
    const std::string& bytes = pattern.bytes;
    pattern.border.resize(bytes.size() + 1);
    std::uint32_t length = 0;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      while (length > 0 && bytes[i] != bytes[length]) length = pattern.border[length];
      if (bytes[i] == bytes[length]) ++length;
      pattern.border[i + 1] = length;
    }
    patterns_.push_back(std::move(pattern));
  }
}

bool StopStrings::Pattern::advance(char byte) {
  if (bytes.empty()) return false;
  while (matched > 0 && bytes[matched] != byte) matched = border[matched];
  if (bytes[matched] == byte) ++matched;
  return matched == bytes.size();
}

bool StopStrings::push(std::string_view bytes, std::string& text) {
  if (found_) return true;
  for (const char byte : bytes) {
    held_.push_back(byte);
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      if (patterns_[i].advance(byte) &&
          (!found_ || patterns_[i].bytes.size() > patterns_[*found_].bytes.size()))
        found_ = i;
    if (!found_) continue;
    text.append(held_, 0, held_.size() - patterns_[*found_].bytes.size());
    held_.clear();
    return true;
  }
  std::size_t keep = 0;
  for (const Pattern& pattern : patterns_) keep = std::max<std::size_t>(keep, pattern.matched);
  text.append(held_, 0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return false;
}

void StopStrings::flush(std::string& text) {
  text.append(held_);
  held_.clear();
}

void StopStrings::reset() {
  for (Pattern& pattern : patterns_) pattern.matched = 0;
  held_.clear();
  found_.reset();
}

}  // namespace runtime::host
