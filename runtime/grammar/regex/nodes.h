// SPDX-License-Identifier: Apache-2.0
// Nodes: where expressions live. Every expression is one node, interned, so that equal expressions
// are one number; nodes never move or go away. Only the constructors of Expressions make them.
//
//   concat(literal "ab", repeat(bytes [0-9], 1, 3))
//     ->  literal: "ab" at a, 2 bytes;  bytes: 8 words at a;  repeat: base a, b..c;  concat: a, b
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/byte_classes.h"
#include "runtime/grammar/regex/byte_set.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::regex {

enum class Kind : std::uint8_t {
  nothing,
  empty_text,
  bytes,       // a set of two bytes or more
  literal,     // a text of one byte or more
  branch,      // by the first byte, which two or more edges list; never nullable
  concat,      // a, then b; a is no concat
  either,      // two operands or more, none of them either, sorted
  both,        // likewise
  complement,  // of a
  repeat,      // of a, b to c times; 0 to 1 times for "or the empty text"
  remainder,   // digits of a multiple, read so far up to a remainder (remainders.cpp)
};

struct Node {
  static constexpr std::uint32_t kMost = 1U << 16;

  enum class Emptiness : std::uint8_t { unknown, nothing, something };

  Kind kind = Kind::nothing;
  bool nullable = false;
  bool plain = true;  // no & and no ~ in it: matches nothing only if it is kNothing
  bool rows = false;  // every text is seen to be characters as JSON strings spell them
  Emptiness emptiness = Emptiness::unknown;
  std::uint32_t least = 0;   // bytes of every text, up to kMost
  std::uint32_t count = 0;   // bytes before which no repeat in it comes to its last, up to kMost
  std::uint32_t height = 1;  // how deep a derivative of it recurses
  std::uint32_t a = 0, b = 0, c = 0;
  std::uint32_t hash = 0;
  std::uint32_t classes = 0;  // plus one, once known
  std::uint32_t row = 0;      // of derivatives, plus one, once there is one
  std::uint32_t visited = 0;  // by the search of this number
};

class Nodes {
 public:
  const Node& operator[](Regex r) const { return nodes_[static_cast<std::uint32_t>(r)]; }
  Node& operator[](Regex r) { return nodes_[static_cast<std::uint32_t>(r)]; }
  std::size_t size() const { return nodes_.size(); }

  // The node of this kind with these operands, and whether it is new: then its other fields wait
  // to be filled in.
  struct Interned {
    Regex regex;
    bool is_new;
  };
  Interned intern(Kind kind, std::uint32_t a, std::uint32_t b, std::uint32_t c);
  Interned intern(Kind kind, std::span<const std::uint32_t> operands);
  Interned intern_literal(std::string_view text);  // may lie in a literal

  std::string_view text(const Node& literal) const {
    return std::string_view(texts_).substr(literal.a, literal.b);
  }
  // Of either and both: expressions. Of bytes: the words of the set. Of branch: first the bytes,
  // sorted, then the expressions that follow them. Valid until the next node is made.
  std::span<const std::uint32_t> operands(const Node& node) const {
    return std::span(operands_).subspan(node.a, node.b);
  }
  ByteSet set(const Node& bytes) const;
  // What follows `byte` in a branch; kNothing if nothing does.
  Regex follow(const Node& branch, std::uint8_t byte) const;

  // Rows of derivatives.
  static constexpr Regex kUnknown{0xffffffff};
  std::uint32_t add_row(std::uint32_t size);
  Regex& row_entry(std::uint32_t row, std::uint32_t entry) { return rows_[row + entry]; }

 private:
  template <class Equal>
  std::size_t slot(std::uint32_t hash, const Equal& equal) const;
  Interned insert(std::size_t slot, Kind kind, std::uint32_t hash, std::uint32_t a, std::uint32_t b,
                  std::uint32_t c);
  void grow();

  List<Node> nodes_;
  List<std::uint32_t> operands_;
  ByteString texts_;
  List<Regex> rows_;
  List<std::uint32_t> table_ = List<std::uint32_t>(1024);  // node plus one
};

}  // namespace runtime::grammar::regex
