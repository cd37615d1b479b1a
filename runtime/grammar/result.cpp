// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/result.h"

#include "runtime/host/utf8.h"

namespace runtime::grammar {

const char* line_and_column(Arena& arena, std::string_view text, std::size_t at) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char byte : text.substr(0, at)) {
    if (!host::is_utf8_continuation(byte)) ++column;
    if (byte != '\n') continue;
    ++line;
    column = 1;
  }
  return arena.join({arena.decimal(line), ":", arena.decimal(column)});
}

}  // namespace runtime::grammar
