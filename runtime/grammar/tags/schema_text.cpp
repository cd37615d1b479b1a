// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/schema_text.h"

#include <cstdint>

#include "runtime/grammar/tags/raw_strings.h"

namespace runtime::grammar::tags {
namespace {

using json::Value;

void append_string(const std::string& text, std::string& out) {
  char buffer[8];
  out += '"';
  for (const char byte : text) out += json_spelling(static_cast<std::uint8_t>(byte), buffer);
  out += '"';
}

// Values are nested json::kMaxDepth deep at most.
void append(const Value& value, std::string& out) {
  switch (value.kind) {
    case Value::Kind::null:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.boolean ? "true" : "false";
      return;
    case Value::Kind::number:
      out += value.text;
      return;
    case Value::Kind::string:
      append_string(value.text, out);
      return;
    case Value::Kind::array:
      out += '[';
      for (const Value& item : value.items) {
        if (&item != value.items.data()) out += ',';
        append(item, out);
      }
      out += ']';
      return;
    case Value::Kind::object:
      out += '{';
      for (const json::Member& member : value.members) {
        if (&member != value.members.data()) out += ',';
        append_string(member.key, out);
        out += ':';
        append(member.value, out);
      }
      out += '}';
      return;
  }
}

}  // namespace

std::string schema_text(const Value& value) {
  std::string text;
  append(value, text);
  return text;
}

}  // namespace runtime::grammar::tags
