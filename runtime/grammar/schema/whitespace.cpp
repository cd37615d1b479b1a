// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/whitespace.h"

namespace runtime::grammar::schema {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::Regex;

constexpr std::uint32_t kMaxIndent = 32;

Regex gap_of(Expressions& e, Whitespace whitespace) {
  if (whitespace == Whitespace::compact) return regex::kEmptyText;
  if (whitespace == Whitespace::any) {
    return e.repeat(e.bytes(ByteSet::of(" \t\n\r")), 0, regex::kUnbounded);
  }
  const Regex indent =
      e.either(e.repeat(e.literal(" "), 0, kMaxIndent), e.repeat(e.literal("\t"), 0, kMaxIndent));
  return e.optional(e.either(e.literal(" "), e.concat(e.literal("\n"), indent)));
}

}  // namespace

Punctuation::Punctuation(Expressions& e, Whitespace whitespace)
    : gap(gap_of(e, whitespace)),
      some_gap(e.without(gap, regex::kEmptyText)),
      open_object(e.concat(e.literal("{"), gap)),
      open_array(e.concat(e.literal("["), gap)),
      close_object(e.concat(gap, e.literal("}"))),
      close_array(e.concat(gap, e.literal("]"))),
      close_empty_object(e.literal("}")),
      close_empty_array(e.literal("]")) {
  // Before a comma or colon there is whitespace only where any is allowed.
  const Regex before = whitespace == Whitespace::any ? gap : regex::kEmptyText;
  const Regex after_colon = whitespace == Whitespace::bounded ? e.optional(e.literal(" ")) : gap;
  const Regex comma_parts[] = {before, e.literal(","), gap};
  const Regex colon_parts[] = {before, e.literal(":"), after_colon};
  comma = e.concat(comma_parts);
  colon = e.concat(colon_parts);
}

}  // namespace runtime::grammar::schema
