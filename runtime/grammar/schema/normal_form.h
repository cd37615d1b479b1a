// SPDX-License-Identifier: Apache-2.0
// The normal form of a JSON Schema: what values it allows, by type, without booleans between them.
// A node is a set of subschemas that must hold and of subschemas that must not; its form is a union
// of scalars, arrays and objects, each a plain conjunction. Nodes are interned, so recursion ends,
// and the nodes are closed under conjunction and negation.
//
//   {"allOf": [{"type": "string", "minLength": 2}, {"pattern": "^a"}]}
//     ->  scalars: "a" and at least one more character;  arrays: none;  objects: none
//   {"not": {"required": ["a"]}}
//     ->  scalars: none;  arrays: none;  objects: any whose property "a" is forbidden
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

enum class Node : std::uint32_t {};

inline constexpr Node kNoValue{0};   // the schema false
inline constexpr Node kAnyValue{1};  // the schema true
inline constexpr std::uint32_t kNoLimit = 0xffffffff;

struct Property {
  std::string_view name;   // decoded, UTF-8; lies with the schema
  Node value = kAnyValue;  // kNoValue: the key is forbidden
  bool required = false;
  bool evaluated = false;  // unevaluatedProperties has no say in it
};

// Keys that no Property names: a key that one names belongs to it, whatever classes hold it.
struct KeyClass {
  regex::Regex key = regex::kNothing;  // JSON text, quotes included; classes of an object are
                                       // disjoint, and a key of none of them is forbidden
  Node value = kAnyValue;

  friend bool operator==(const KeyClass&, const KeyClass&) = default;
};

// Some property with such a key is there and has such a value, or another option of the same demand
// holds (what the negation of `properties` asks for).
struct Option {
  std::uint32_t demand = 0;            // demands are counted from 0, without gaps
  std::uint32_t property = kNoLimit;   // index into properties; kNoLimit: a key of `key`
  regex::Regex key = regex::kNothing;  // JSON text; only keys that no Property names count
  Node value = kAnyValue;

  friend bool operator==(const Option&, const Option&) = default;
};

// Where property `trigger` is present, property `required` is, too (both indices into properties).
struct Implication {
  std::uint32_t trigger = 0;
  std::uint32_t required = 0;
};

struct ObjectForm {
  List<Property> properties;  // in the order in which the schema names them
  List<KeyClass> classes;
  std::uint32_t min_properties = 0;
  std::uint32_t max_properties = kNoLimit;
  List<Option> options;  // in the order of their demands
  List<Implication> implications;

  std::uint32_t demands() const { return options.empty() ? 0 : options.back().demand + 1; }
};

// Of the items from index `from` on, at least `min` and at most `max` are values of `item`.
struct Contains {
  Node item = kAnyValue;
  std::uint32_t from = 0;
  std::uint32_t min = 0;
  std::uint32_t max = kNoLimit;
};

struct ArrayForm {
  List<Node> prefix;
  Node rest = kAnyValue;  // of the items after the prefix
  std::uint32_t min_items = 0;
  std::uint32_t max_items = kNoLimit;
  List<Contains> contains;
  bool unique = false;
};

struct Form {
  // null, booleans, numbers and strings as JSON text. A number or string is in it with all of its
  // spellings or with none. Numbers that a constraint looks at are spelled without exponent.
  regex::Regex scalars = regex::kNothing;
  List<ArrayForm> arrays;    // any of these
  List<ObjectForm> objects;  // any of these
};

}  // namespace runtime::grammar::schema
