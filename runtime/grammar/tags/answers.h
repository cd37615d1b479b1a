// SPDX-License-Identifier: Apache-2.0
// AnswerAutomaton: the answers of a model that may reason, talk and call tools, by the table of its
// format (runtime/host/answer_table.h). The same table takes answers apart, so what is allowed here
// is read there as it was meant:
//
//   text without "<tool_call>"   or   text "<tool_call>" \n{"name": " f ", "arguments":  {…}  }\n…
//
// Text that the parser would take for a marker is not free text; names are those of the tools;
// arguments are values of their schemas; behind a call comes another one or the end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/automaton_states.h"
#include "runtime/grammar/tags/quoted_values.h"
#include "runtime/grammar/tags/raw_strings.h"
#include "runtime/grammar/tags/tools.h"
#include "runtime/host/answer_table.h"

namespace runtime::grammar::tags {

enum class ToolChoice : std::uint8_t { none, automatic, required };

struct AnswerOptions {
  ToolChoice choice = ToolChoice::automatic;
  bool parallel = true;          // several calls in one answer
  bool reasoning_open = false;   // the prompt ended inside the reasoning
  std::string_view tool;         // the only one that may be called; empty: any
  std::optional<State> content;  // what content has to be; any text when left out
};

// The first state.
Result<State> add_answers(Grammar& grammar, host::AnswerTable table, std::unique_ptr<Tools> tools,
                          const AnswerOptions& options);

// From JSON, as runtime/web/tool_choice.ts writes it:
//   {"table": [1, 9, …], "tools": […], "tool_choice": "auto" | "none" | "required" | {"name": "f"},
//    "parallel_tool_calls": true, "reasoning_open": false, "content": <schema>}
Result<State> add_answers(Grammar& grammar, std::string_view json,
                          const schema::SchemaOptions& options, const schema::Layout& layout);

class AnswerAutomaton : public Automaton {
 public:
  AnswerAutomaton(std::uint32_t index, regex::Expressions& e, RawStrings& raw, QuotedValues* quoted,
                  host::AnswerTable table, std::unique_ptr<Tools> tools, AnswerOptions options);

  // What of the tools the format cannot say.
  Refusal check();
  State start();

  bool expand(State state, List<Edge>& edges) override;

 private:
  using Text = host::AnswerState::Text;

  static constexpr std::uint32_t kNoTool = 0xffffffff;

  // Where an answer is: in a state of the table, before or behind its text.
  struct Place {
    std::uint32_t state = 0;
    std::uint32_t tool = kNoTool;
    std::uint32_t next_parameter = 0;  // of the tool: those before were written or left out
    bool behind_text = false;
    bool has_called = false;
    bool at_end = false;
  };

  State make(const Place& place);
  Place place_of(State state) const;
  // Where a branch leads; none where it may not be taken.
  std::optional<Place> follow(const Place& from, const host::AnswerBranch& branch) const;
  bool may_enter(const Place& place) const;
  bool may_end(const Place& place) const;
  bool parameters_are_complete(const Place& place) const;
  bool reaches_key(std::uint32_t state) const;
  const Tool& tool(const Place& place) const { return tools_->all()[place.tool]; }
  const host::AnswerState& row(const Place& place) const { return table_.states[place.state]; }

  // The edges of a place, of the texts in `allowed`; whether the answer may end there.
  bool add(const Place& place, regex::Regex allowed, List<Edge>& edges);
  bool add_branches(const Place& place, std::string_view before, regex::Regex allowed,
                    List<Edge>& edges);
  bool add_free(const Place& place, regex::Regex allowed, List<Edge>& edges);
  void add_names(const Place& place, regex::Regex allowed, List<Edge>& edges);
  void add_keys(const Place& place, List<Edge>& edges);
  void add_value(const Place& place, List<Edge>& edges);
  void add_raw(const Place& place, const Parameter& parameter, State next, List<Edge>& edges);
  regex::Regex markers_of(const Place& place, std::size_t count) const;

  std::uint32_t index_;
  regex::Expressions& e_;
  RawStrings& raw_;
  QuotedValues* quoted_;  // null where the table quotes nothing
  host::AnswerTable table_;
  std::unique_ptr<Tools> tools_;
  AnswerOptions options_;
  schema::Sequences places_;
};

}  // namespace runtime::grammar::tags
