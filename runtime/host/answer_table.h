// SPDX-License-Identifier: Apache-2.0
// How a model writes reasoning, content and tool calls, as a table of states. One table serves the
// streaming parse (answer_parser.h) and the constraint (runtime/grammar/tags), so that the two
// cannot disagree about where a call begins or what its arguments are.
// runtime/web/chat/answer_table.ts writes it from the descriptor of a tool format.
//
//   0: free text -> content    "<tool_call>" -> 1
//   1: nothing                 "\n{"name": "" -> 2
//   2: a tool's name           "", "arguments": " -> 3
//   3: a JSON object           "}\n</tool_call>" -> 0, ends the call
//
// A state reads a text of its kind and goes where the first marker after it leads. A marker is a
// text with two kinds of marked white space: flexible (any white space may stand there, or none)
// and optional (each of its characters may be missing).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace runtime::host {

// A byte string in which 0x01 brackets flexible and 0x02 optional white space; without these bytes
// it is the text as the model's own template writes it.
inline constexpr char kFlexibleSpace = '\x01';
inline constexpr char kOptionalSpace = '\x02';
inline constexpr std::size_t kMaxFlexibleSpaces = 64;

// Markers, here and below, lie with whoever made the table.
struct AnswerBranch {
  enum Flag : std::uint8_t {
    kOpensCalls = 1,  // from content into the first call
    kNextCall = 2,    // from behind a call to the next one
    kEndsCall = 4,
    kLoose = 8,  // read where models write it; never asked for by a constraint
  };

  std::string_view marker;  // the first branch that matches is taken; an empty marker always does
  std::uint8_t next = 0;
  std::uint8_t flags = 0;

  bool has(Flag flag) const { return (flags & flag) != 0; }
};

// How the values of arguments are written.
enum class Spelling : std::uint8_t {
  json,
  python,  // True, False, None, strings in either quote
  quoted,  // strings between the table's quote, without escapes; keys without quotes
};

struct AnswerState {
  enum class Text : std::uint8_t {
    none,
    content,    // any text
    reasoning,  // any text
    name,       // of a tool
    id,         // of a call: letters, digits, - and _
    digits,
    key,        // of an argument
    arguments,  // one object
    value,      // of the key before
    raw,        // the same, but strings as they are
  };

  Text text = Text::none;
  bool may_end = false;     // the answer may end here
  std::uint8_t length = 0;  // characters of an id, 0: any number
  Spelling spelling = Spelling::json;
  std::vector<AnswerBranch> branches;
};

struct AnswerTable {
  std::vector<AnswerState> states;
  std::uint8_t start = 0;
  std::uint8_t reasoning = 0;  // where an answer starts whose prompt has opened the reasoning
  std::uint8_t content = 0;    // where text goes on that turned out to be no call
  std::string_view quote;      // of quoted strings

  // None where the bytes are malformed; they outlive the table.
  static std::optional<AnswerTable> read(std::span<const std::uint8_t> bytes);
};

struct MarkerMatch {
  enum class Kind : std::uint8_t { no, partial, full };

  Kind kind = Kind::no;
  std::size_t length = 0;  // of a full match
};

// Whether `text` begins with the marker; partial where more text decides. With `is_end` no more
// text comes.
MarkerMatch match_marker(std::string_view marker, std::string_view text, bool is_end);

inline bool is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

}  // namespace runtime::host
