// SPDX-License-Identifier: Apache-2.0
// Ends a stream of text before a stop string, however the text is split. What it emits is certainly
// before any stop string: it holds back only the longest end of the text that begins one.
//
//   StopStrings stops({"\n\n", "END"});
//   stops.push("one\n", text);    // emits "one"      "\n" may begin "\n\n"
//   stops.push("two E", text);    // emits "\ntwo "
//   stops.push("ND three", text); // emits nothing: found "END", the rest is dropped
//
// Of several the one that ends first counts; of those that end together, the longest. Each string
// is followed by its own automaton of Knuth, Morris and Pratt, over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::host {

class StopStrings {
 public:
  StopStrings() = default;  // nothing stops
  // Empty strings are never found.
  explicit StopStrings(std::vector<std::string> strings);

  // Appends to `text` what became certain. Returns whether a stop string has been found, now or
  // before; what follows it is dropped.
  bool push(std::string_view bytes, std::string& text);

  // The stream has ended: what was held back is text.
  void flush(std::string& text);

  // Which string was found.
  std::optional<std::size_t> found() const { return found_; }

  // For the next stream.
  void reset();

 private:
  struct Pattern {
    std::string bytes;
    std::vector<std::uint32_t> border;  // of the first i bytes: the longest start that ends them
    std::uint32_t matched = 0;          // so many of its first bytes end the text

    bool advance(char byte);  // whether the text now ends with it
  };

  std::vector<Pattern> patterns_;
  std::string held_;
  std::optional<std::size_t> found_;
};

}  // namespace runtime::host
