// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/arrays_unique.h"

#include <algorithm>
#include <optional>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {
namespace {

// Recursion is bounded: the reader refuses values nested deeper than json::kMaxDepth.
void append(const json::Value& value, ByteString& out) {
  using Kind = json::Value::Kind;
  switch (value.kind) {
    case Kind::null:
      out += "null";
      break;
    case Kind::boolean:
      out += value.boolean ? "true" : "false";
      break;
    case Kind::number:
      if (const std::optional<Decimal> number = parse_decimal(value.text))
        out += spell(*number);
      else
        out += value.text;
      break;
    case Kind::string:
      out += json::quote(value.text);
      break;
    case Kind::array:
      out += '[';
      for (const json::Value& item : value.items) {
        if (&item != value.items.begin()) out += ',';
        append(item, out);
      }
      out += ']';
      break;
    case Kind::object: {
      List<json::Member> members(value.members.begin(), value.members.end());
      heap_sort(std::span(members),
                [](const json::Member& a, const json::Member& b) { return a.key < b.key; });
      out += '{';
      for (const json::Member& member : members) {
        if (&member != members.begin()) out += ',';
        out += json::quote(member.key);
        out += ':';
        append(member.value, out);
      }
      out += '}';
    }
  }
}

}  // namespace

ByteString unique_text(std::string_view json) {
  Arena arena;
  ByteString text;
  if (const auto value = json::parse(arena, json)) append(**value, text);
  return text;
}

regex::Regex plain_spellings(regex::Expressions& e, std::span<const ByteString> unique_texts) {
  List<regex::Regex> numbers;
  List<std::string_view> others;
  for (const ByteString& text : unique_texts) {
    const bool is_number = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
    const std::optional<Decimal> number = is_number ? parse_decimal(text) : std::nullopt;
    if (number) {
      numbers.push_back(equal_to(e, *number));
    } else {
      others.push_back(text);
    }
  }
  return e.either(e.literals(others), e.either(numbers));
}

}  // namespace runtime::grammar::schema
