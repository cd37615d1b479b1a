// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/byte_string.h"

namespace runtime::grammar {

ByteString::ByteString(std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) *this += part;
}

ByteString& ByteString::operator+=(std::string_view text) {
  append(text);
  return *this;
}

ByteString& ByteString::operator+=(char byte) { return *this += {&byte, 1}; }

bool operator==(const ByteString& a, std::string_view b) { return std::string_view(a) == b; }
bool operator==(const ByteString& a, const ByteString& b) { return a == std::string_view(b); }

}  // namespace runtime::grammar
