// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/markers.h"

namespace runtime::grammar::tags {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::Regex;

bool is_bracket(char byte) { return byte == host::kFlexibleSpace || byte == host::kOptionalSpace; }

// Behind the marked white space at the front.
std::size_t core_begin(std::string_view marker) {
  std::size_t at = 0;
  while (at < marker.size() && is_bracket(marker[at])) at = marker.find(marker[at], at + 1) + 1;
  return at;
}

std::size_t core_end(std::string_view marker) {
  std::size_t end = marker.size();
  while (end > 0 && is_bracket(marker[end - 1])) end = marker.rfind(marker[end - 1], end - 2);
  return end;
}

}  // namespace

ByteString canonical_text(std::string_view marker) {
  ByteString text;
  for (const char byte : marker)
    if (!is_bracket(byte)) text += byte;
  return text;
}

std::string_view core_of(std::string_view marker) {
  const std::size_t begin = core_begin(marker);
  if (begin == marker.size()) return {};
  return marker.substr(begin, core_end(marker) - begin);
}

std::string_view trail_of(std::string_view marker) {
  return core_begin(marker) == marker.size() ? std::string_view() : marker.substr(core_end(marker));
}

Regex marker_pattern(Expressions& e, std::string_view marker) {
  Regex pattern = regex::kEmptyText;
  for (std::size_t i = 0; i < marker.size(); ++i) {
    if (marker[i] == host::kFlexibleSpace) {
      i = marker.find(marker[i], i + 1);
      const Regex space = e.bytes(ByteSet::of(" \n\r\t"));
      pattern = e.concat(pattern, e.repeat(space, 0, host::kMaxFlexibleSpaces));
    } else if (marker[i] == host::kOptionalSpace) {
      for (++i; marker[i] != host::kOptionalSpace; ++i)
        pattern = e.concat(pattern, e.optional(e.literal(marker.substr(i, 1))));
    } else {
      pattern = e.concat(pattern, e.literal(marker.substr(i, 1)));
    }
  }
  return pattern;
}

Regex text_up_to(Expressions& e, std::string_view canonical, Regex markers) {
  const Regex any_byte = e.bytes(ByteSet::all());
  const Regex ends = e.concat(e.anything(), e.literal(canonical));
  const Regex earlier = e.concat({{e.anything(), markers, any_byte, e.anything()}});
  return e.without(ends, earlier);
}

Regex text_without(Expressions& e, Regex markers) {
  return e.complement(e.concat({{e.anything(), markers, e.anything()}}));
}

Regex text_not_after(Expressions& e, Regex markers) {
  return e.complement(e.concat(markers, e.anything()));
}

}  // namespace runtime::grammar::tags
