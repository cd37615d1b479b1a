// SPDX-License-Identifier: Apache-2.0
// Store: what an Expressions holds. Its files share it: expressions.cpp (constructors),
// unions.cpp, intersections.cpp, derivatives.cpp, searches.cpp and horizons.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/fuel.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/byte_classes.h"
#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/nodes.h"

namespace runtime::grammar::regex {

inline constexpr Regex kAnyByte{2};
inline constexpr Regex kAnything{3};

// A set of characters and its expression.
struct Spelling {
  CodePoints set;
  Text text;
  Regex regex;
};

// What within() has given.
struct Horizon {
  Regex of;
  std::uint32_t bytes;
  Regex within;
};

struct Store {
  // Derivatives recurse no deeper; an expression that would is refused by burning the fuel. Half a
  // megabyte of stack is enough.
  static constexpr std::uint32_t kMaxHeight = 1000;
  // Constructors simplify what they contain so deep, and leave it as it is below.
  static constexpr unsigned kMaxNesting = 32;

  Fuel& fuel;
  Nodes nodes;
  ByteClasses classes;
  unsigned nesting = 0;
  std::uint32_t searches = 0;
  List<Spelling> spellings;  // schemas name few sets, again and again
  // ASCII in JSON strings, kNothing: not asked for yet. Every literal asks for the same few.
  std::array<Regex, 128> json_characters = {};

  Regex any_character = kNothing;  // of JSON strings, once it was asked for
  // Whether b is seen to be in a:  C* Z  holds  X Y C* Z,  where X and Y are characters of C.
  bool absorbs(Regex a, Regex b) const;
  // Whether it might hold others so.
  bool is_absorbing(Regex a) const;

  List<Horizon> horizons;
  IdTable horizon_ids;
  List<std::uint32_t> rests;  // by expression: rest_of plus one
  // Of a plain expression: bytes of the shortest text of a derivative, whichever it is, at the
  // most.
  std::uint32_t rest_of(Regex r, unsigned depth);

  // The constructor's last step: fills in the fields of a new node and pays for it.
  Regex finish(Nodes::Interned interned);

  Regex make(Kind kind, Regex a, std::uint32_t b = 0, std::uint32_t c = 0) {
    return finish(nodes.intern(kind, static_cast<std::uint32_t>(a), b, c));
  }
  Regex make(Kind kind, std::span<const std::uint32_t> operands) {
    return finish(nodes.intern(kind, operands));
  }

  Regex make(Kind kind, std::span<const Regex> operands);

  bool is_nullable(Regex r) const { return nodes[r].nullable; }
  Regex head(Regex r) const { return nodes[r].kind == Kind::concat ? Regex{nodes[r].a} : r; }
  Regex tail(Regex r) const {
    return nodes[r].kind == Kind::concat ? Regex{nodes[r].b} : kEmptyText;
  }
  // The literal that every text of r begins with; empty if r does not start with one.
  std::string_view prefix(Regex r) const {
    const Node& first = nodes[head(r)];
    return first.kind == Kind::literal ? nodes.text(first) : std::string_view();
  }
};

// Of so many texts of so many bytes each; up to Node::kMost.
std::uint32_t bytes_of(std::uint32_t count, std::uint32_t bytes);

// Whether the number read so far is a multiple; of the operands of a remainder.
bool is_multiple(std::span<const std::uint32_t> operands);

// Sorted, each once.
void sort_operands(List<Regex>& operands);
// The same of texts.
List<std::string_view> sorted_texts(std::span<const std::string_view> texts);

// Counts the nesting of constructors while it lives.
class Nesting {
 public:
  explicit Nesting(Store& store) : store_(store) { ++store_.nesting; }
  ~Nesting() { --store_.nesting; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  bool is_deep() const { return store_.nesting > Store::kMaxNesting; }

 private:
  Store& store_;
};

// X{min,max} Y: how unions and intersections look at an operand.
struct Repetition {
  Regex base, rest;
  std::uint32_t min, max;

  static Repetition of(const Store& store, Regex r);
};

}  // namespace runtime::grammar::regex
