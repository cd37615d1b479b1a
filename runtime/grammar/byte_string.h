// SPDX-License-Identifier: Apache-2.0
// ByteString: what std::string is, in less code: a list of bytes that grows at its end, and is read
// as a std::string_view.
//
//   ByteString key = {"\"", name, "\""};
//   key += ':';
#pragma once

#include <initializer_list>
#include <string_view>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

class ByteString : public List<char> {
 public:
  ByteString() = default;
  // All of these in a row.
  ByteString(std::initializer_list<std::string_view> parts);
  explicit ByteString(std::string_view text) { *this += text; }

  operator std::string_view() const { return {data(), size()}; }  // NOLINT: implicit
  ByteString& operator+=(std::string_view text);
  ByteString& operator+=(char byte);

  friend bool operator==(const ByteString& a, const ByteString& b);
  friend bool operator==(const ByteString& a, std::string_view b);
};

}  // namespace runtime::grammar
