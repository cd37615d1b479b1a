// SPDX-License-Identifier: Apache-2.0
// AnswerParser: what a model writes, taken apart as it comes: reasoning, content, tool calls with
// their arguments as JSON.
//
//   <think>Hm.</think>Sure.<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>
//     reasoning "Hm."   content "Sure."   call "f"   arguments "{"a": 1}"   end
//
// Laws:
//   1. the texts of each kind, put together, do not depend on how the answer was cut into pieces;
//   2. only what may be the beginning of a marker, a tool's name, or a value whose type decides how
//      it is said, is held back;
//   3. what begins like a call and is none is content, all of it;
//   4. the arguments of a call that ended complete are one JSON object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/answer_table.h"
#include "runtime/host/value_reader.h"

namespace runtime::host {

// What the parser must know of the tools: in formats with raw values, "12" is a string or a number
// as the tool's schema says.
struct AnswerTool {
  enum class Value : std::uint8_t {
    string,  // whatever stands there is the string
    json,    // a value as spelled; a string where it is none
  };
  struct Argument {
    std::string name;
    Value value = Value::json;
  };

  std::string name;
  std::vector<Argument> arguments;

  // None where the bytes are malformed. runtime/web/host/answer_parser.ts writes them.
  static std::optional<std::vector<AnswerTool>> read(std::span<const std::uint8_t> bytes);
};

struct AnswerEvent {
  enum class Kind : std::uint8_t {
    content,
    reasoning,
    call,  // begins; the text is the tool's name
    id,    // of the call, as the model wrote it
    arguments,
    call_end,        // the call is complete
    call_cut_short,  // the answer ended or left the format: the arguments may be no JSON
  };

  Kind kind = Kind::content;
  std::string text;
};

class AnswerParser {
 public:
  // `reasoning_open`: the prompt ended inside the reasoning.
  AnswerParser(AnswerTable table, std::vector<AnswerTool> tools, bool reasoning_open);
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  // Appends what became certain; neighbouring events of texts are joined.
  void push(std::string_view bytes, std::vector<AnswerEvent>& events);
  // The answer has ended.
  void flush(std::vector<AnswerEvent>& events);

 private:
  using Text = AnswerState::Text;
  enum class Step : std::uint8_t { moved, waiting, failed };
  struct Found {
    const AnswerBranch* branch = nullptr;  // null: none, or undecided
    bool undecided = false;
    std::size_t length = 0;
  };

  void run(bool is_end);
  Step step(bool is_end);
  Step read_free(bool is_end);
  Step read_word(bool is_end);
  Step read_value(bool is_end);
  Found find(std::size_t at, bool is_end) const;
  void take(std::size_t text_bytes, const Found& found);
  void enter(const AnswerBranch& branch, std::string_view text);
  void give_up();
  bool skip_to_value();
  void emit(AnswerEvent::Kind kind, std::string_view text);
  void emit_free(std::string_view text);
  void begin_call(std::string_view name);
  void begin_argument(std::string_view key);
  void end_argument();
  void end_call(AnswerEvent::Kind how);
  const AnswerState& state() const { return table_.states[state_]; }

  AnswerTable table_;
  std::vector<AnswerTool> tools_;
  std::vector<AnswerEvent>* events_ = nullptr;
  std::uint8_t state_;
  bool in_call_ = false;
  bool value_begun_ = false;
  bool value_done_ = false;
  bool has_object_ = false;    // this call's arguments are one object
  std::size_t arguments_ = 0;  // or so many of them have begun
  const AnswerTool* tool_ = nullptr;
  AnswerTool::Value value_ = AnswerTool::Value::json;
  ValueReader reader_;
  std::string pending_;  // bytes that are still to be read
  std::string trail_;    // bytes that led from content to here, while no call has begun
  std::string raw_;      // of the raw value that is being read
  std::string id_;       // of a call whose name is still to come
};

}  // namespace runtime::host
