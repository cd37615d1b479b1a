// SPDX-License-Identifier: Apache-2.0
// Value: a JSON text as a tree, for schemas and tool lists (an answer is never held like this).
//
//   const auto schema = json::parse(R"({"maxLength": 1e2, "a": [1, "\u00e9"]})");
//   if (!schema) return report(schema.refusal());      // where: "line:column"
//   schema->find("maxLength")->text;                   // 1e2
//   schema->find("a")->items[1].text;                  // é
//
// Numbers keep their spelling, objects the order of their keys. Of members with equal keys the last
// one counts, at the place of the first. A lone surrogate stands for no character: refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::json {

struct Member;

struct Value {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;      // of a number as it is spelled; of a string decoded to UTF-8
  List<Value> items;     // of an array
  List<Member> members;  // of an object

  bool is(Kind k) const { return kind == k; }
  // The value of that key; nullptr where this is no object or has no such key.
  const Value* find(std::string_view key) const;
};

struct Member {
  std::string key;  // decoded to UTF-8
  Value value;
};

inline constexpr std::uint32_t kMaxDepth = 256;

// One value and nothing but whitespace around it, by RFC 8259, in well-formed UTF-8.
Result<Value> parse(std::string_view text);

}  // namespace runtime::grammar::json
