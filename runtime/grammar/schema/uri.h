// SPDX-License-Identifier: Apache-2.0
// URIs, as far as references between schemas need them (RFC 3986, section 5).
//
//   resolve_uri("http://example.com/x/y.json", "../z.json#/$defs/a")   //
//   http://example.com/z.json#/$defs/a resolve_uri("urn:uuid:12", "#anchor") // urn:uuid:12#anchor
//   split_fragment("a.json#b")                                   // {"a.json", "b"}
#pragma once

#include <string_view>
#include <utility>

#include "runtime/grammar/byte_string.h"

namespace runtime::grammar::schema {

ByteString resolve_uri(std::string_view base, std::string_view reference);

// A URI without its fragment, and the fragment without its #.
std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri);

// %25 -> %; what is no escape stays.
ByteString decode_percents(std::string_view text);

}  // namespace runtime::grammar::schema
