// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/uri.h"

#include <algorithm>
#include <cstddef>

#include "runtime/grammar/byte_string.h"
#include "runtime/host/ascii.h"

namespace runtime::grammar::schema {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Parts {
  std::string_view scheme;     // with its colon
  std::string_view authority;  // with its slashes
  std::string_view path;
  std::string_view rest;  // query and fragment
};

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

Parts split(std::string_view uri) {
  Parts parts;
  const std::size_t mark = uri.find_first_of(":/?#");
  if (mark != kNone && mark > 0 && uri[mark] == ':' && is_letter(uri[0])) {
    parts.scheme = uri.substr(0, mark + 1);
    uri.remove_prefix(mark + 1);
  }
  if (uri.starts_with("//")) {
    parts.authority = uri.substr(0, uri.find_first_of("/?#", 2));
    uri.remove_prefix(parts.authority.size());
  }
  parts.path = uri.substr(0, uri.find_first_of("?#"));
  parts.rest = uri.substr(parts.path.size());
  return parts;
}

ByteString without_dots(std::string_view path) {
  ByteString out;
  while (!path.empty()) {
    const std::size_t end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    const bool last = end == kNone;
    path = last ? std::string_view() : path.substr(end);
    const std::string_view name = segment.starts_with('/') ? segment.substr(1) : segment;
    if (name == "." || name == "..") {
      if (name == "..") out.resize(std::min(std::string_view(out).rfind('/'), out.size()));
      if (last) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

}  // namespace

ByteString resolve_uri(std::string_view base, std::string_view reference) {
  const Parts to = split(reference);
  const Parts from = split(base);
  if (!to.scheme.empty()) return ByteString(reference);
  if (!to.authority.empty()) return {from.scheme, to.authority, without_dots(to.path), to.rest};
  if (to.path.empty() && !to.rest.starts_with('?')) return {split_fragment(base).first, to.rest};
  if (to.path.empty()) return {from.scheme, from.authority, from.path, to.rest};
  if (to.path[0] == '/') return {from.scheme, from.authority, without_dots(to.path), to.rest};
  const std::string_view folder = from.path.substr(0, from.path.rfind('/') + 1);
  const std::string_view root = folder.empty() && !from.authority.empty() ? "/" : "";
  return {from.scheme, from.authority, without_dots(ByteString{root, folder, to.path}), to.rest};
}

std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri) {
  const std::size_t mark = uri.find('#');
  if (mark == kNone) return {uri, {}};
  return {uri.substr(0, mark), uri.substr(mark + 1)};
}

ByteString decode_percents(std::string_view text) {
  ByteString out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? host::hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? host::hex_value(text[i + 2]) : -1;
    out += low >= 0 ? static_cast<char>(high << 4 | low) : text[i];
    if (low >= 0) i += 2;
  }
  return out;
}

}  // namespace runtime::grammar::schema
