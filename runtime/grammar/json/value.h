// SPDX-License-Identifier: Apache-2.0
// Value: a JSON text as a tree, for schemas and tool lists (an answer is never held like this).
//
//   const auto schema = json::parse(arena, R"({"maxLength": 1e2, "a": [1, "\u00e9"]})");
//   if (!schema) return report(schema.refusal());      // where: "line:column"
//   (*schema)->find("maxLength")->text;                // 1e2
//   (*schema)->find("a")->items[1].text;               // é
//
// Numbers keep their spelling, objects the order of their keys. Of members with equal keys the last
// one counts, at the place of the first. A lone surrogate stands for no character: refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/grammar/arena.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::json {

struct Member;

// Elements that lie in an arena: a span, also of types that are not complete yet.
template <class T>
class Elements {
 public:
  Elements() = default;
  Elements(const T* first, std::size_t size)
      : first_(first), size_(static_cast<std::uint32_t>(size)) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T* data() const { return first_; }
  const T* begin() const { return first_; }
  const T* end() const { return first_ + size_; }
  const T& operator[](std::size_t index) const { return first_[index]; }

 private:
  const T* first_ = nullptr;
  std::uint32_t size_ = 0;
};

// What it points to lies in the arena that it was read into.
struct Value {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::string_view text;     // of a number as it is spelled; of a string decoded to UTF-8
  Elements<Value> items;     // of an array
  Elements<Member> members;  // of an object

  bool is(Kind k) const { return kind == k; }
  // The value of that key; nullptr where this is no object or has no such key.
  const Value* find(std::string_view key) const;
};

struct Member {
  std::string_view key;  // decoded to UTF-8
  Value value;
};

inline constexpr std::uint32_t kMaxDepth = 256;

// One value and nothing but whitespace around it, by RFC 8259, in well-formed UTF-8. It lies in
// the arena.
Result<const Value*> parse(Arena& arena, std::string_view text);

}  // namespace runtime::grammar::json
