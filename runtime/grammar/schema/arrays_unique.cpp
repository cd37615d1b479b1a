// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/arrays_unique.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Recursion is bounded: the reader refuses values nested deeper than json::kMaxDepth.
std::string text_of(const json::Value& value) {
  using Kind = json::Value::Kind;
  switch (value.kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    case Kind::number: {
      const std::optional<Decimal> number = parse_decimal(value.text);
      return number ? spell(*number) : std::string(value.text);
    }
    case Kind::string:
      return quote(value.text);
    case Kind::array:
    case Kind::object:
      break;
  }
  List<std::string> parts;
  for (const json::Value& item : value.items) parts.push_back(text_of(item));
  for (const json::Member& member : value.members) {
    parts.push_back(quote(member.key) + ":" + text_of(member.value));
  }
  if (value.is(Kind::object)) heap_sort(std::span(parts));
  std::string text = value.is(Kind::object) ? "{" : "[";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ",") + parts[i];
  return text + (value.is(Kind::object) ? "}" : "]");
}

}  // namespace

std::string unique_text(std::string_view json) {
  Arena arena;
  const Result<const json::Value*> value = json::parse(arena, json);
  return value ? text_of(**value) : std::string();
}

std::string quote(std::string_view text) {
  constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  std::string quoted = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (const std::size_t at = kEscaped.find(byte); at != std::string_view::npos) {
      quoted += {'\\', kLetters[at]};
    } else if (code < 0x20) {
      quoted += {'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]};
    } else {
      quoted += byte;
    }
  }
  return quoted + '"';
}

regex::Regex plain_spellings(regex::Expressions& e, std::span<const std::string> unique_texts) {
  List<regex::Regex> numbers;
  List<std::string_view> others;
  for (const std::string& text : unique_texts) {
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
