// SPDX-License-Identifier: Apache-2.0
// Markers of answer tables (runtime/host/answer_table.h) as expressions. A constraint asks for a
// marker as the model's own template writes it, and keeps free text from everything that the parser
// would take for one.
//
//   \x01 \x01</think>\x02\n\n\x02    canonical " </think>\n\n"   core "</think>"   trail \n?\n?
#pragma once

#include <span>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/host/answer_table.h"

namespace runtime::grammar::tags {

ByteString canonical_text(std::string_view marker);

// The marker without the marked white space at its ends; the white space behind it.
std::string_view core_of(std::string_view marker);
std::string_view trail_of(std::string_view marker);

// Every text that is this marker.
regex::Regex marker_pattern(regex::Expressions& e, std::string_view marker);

// The texts whose first marker of `markers` stands at their end, and is `canonical`.
regex::Regex text_up_to(regex::Expressions& e, std::string_view canonical, regex::Regex markers);
// The texts without any of them.
regex::Regex text_without(regex::Expressions& e, regex::Regex markers);
// The texts that do not begin with any of them.
regex::Regex text_not_after(regex::Expressions& e, regex::Regex markers);

}  // namespace runtime::grammar::tags
