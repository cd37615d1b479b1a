// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace ir::graph {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_word(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), is_word_character);
}

bool is_name_character(char c) { return is_word_character(c) || c == '.' || c == '-' || c == '/'; }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string name_text(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), is_name_character);
  return bare ? std::string(name) : quoted(name);
}

std::string word_text(std::string_view name) {
  return is_word(name) ? std::string(name) : quoted(name);
}

}  // namespace ir::graph
