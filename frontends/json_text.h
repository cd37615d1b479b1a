// SPDX-License-Identifier: Apache-2.0
// What the JSON readers of this folder share: positions in the text, and values as short text.
//
//   json::sax_parse(LineCounter(begin, &line), LineCounter(end, &line), &handler)
//   // inside handler.key(): `line` is the line of that key
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace frontends {

// An input iterator over text that counts the newlines it has passed. The parser reads strings no
// further than their closing quote, so that the count is exact when it reports a key.
class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, int* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  LineCounter operator++(int) {
    const LineCounter before = *this;
    ++*this;
    return before;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  int* line_;
};

// A whole number, also when written 4096.0; nullopt for anything else.
std::optional<std::int64_t> as_integer(const nlohmann::json& value);

// The value as JSON of at most 60 characters; what is cut off is shown as "...".
std::string short_text(const nlohmann::json& value);

// `text` in quotes, cut and escaped in the same way.
std::string in_quotes(std::string_view text);

// The parser's exception text without its prefix: "unexpected end of input; expected '}'".
std::string reason_of(std::string_view exception_text);

}  // namespace frontends
