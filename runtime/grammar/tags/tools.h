// SPDX-License-Identifier: Apache-2.0
// Tools as the API takes them, with what a constraint asks of their arguments.
//
//   {"type": "function", "function": {"name": "f", "parameters": {...}, "strict": true}}
//
// A schema that cannot be enforced is refused where the tool is strict; otherwise any object is
// accepted, as the API promises no more.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/automaton.h"

namespace runtime::grammar::tags {

struct Parameter {
  std::string_view name;
  bool required = false;
  // The parser takes whatever stands there for the string (AnswerTool::Value::string).
  bool is_text = false;
  State value;                             // as JSON
  regex::Regex scalars = regex::kNothing;  // those of its values
};

struct Tool {
  std::string_view name;
  State arguments;  // a JSON object
  // In formats that write arguments one by one: those with a value, in the order of the schema.
  List<Parameter> parameters;
  // Why they cannot be written so.
  Refusal not_by_parameter;
};

class Tools {
 public:
  // `list` outlives the grammar, as what lies in its arena does.
  static Result<std::unique_ptr<Tools>> add(Grammar& grammar, const json::Value& list,
                                            const schema::SchemaOptions& options,
                                            const schema::Layout& layout);

  std::span<const Tool> all() const { return tools_; }

 private:
  Refusal add_tool(Grammar& grammar, const json::Value& tool, const char* where,
                   const schema::SchemaOptions& options, const schema::Layout& layout);

  List<Tool> tools_;
};

}  // namespace runtime::grammar::tags
