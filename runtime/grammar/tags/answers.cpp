// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/answers.h"

#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/tags/markers.h"

namespace runtime::grammar::tags {
namespace {

using host::AnswerBranch;
using host::AnswerState;
using regex::ByteSet;
using regex::kEmptyText;
using regex::kNothing;
using regex::Regex;

constexpr std::uint32_t kMaxIdLength = 64;

bool is_free(AnswerState::Text text) {
  return text == AnswerState::Text::content || text == AnswerState::Text::reasoning;
}

// What JSON text begins with, or is: raw strings that look so would be taken for it.
Regex looks_like_json(regex::Expressions& e) {
  const Regex space = e.repeat(e.bytes(ByteSet::of(" \t\n\r")), 0, regex::kUnbounded);
  const Regex sign = e.bytes(ByteSet::of("{[\"-0123456789"));
  const std::string_view words[] = {"true", "false", "null", "True", "False", "None"};
  const Regex begins = e.concat({{space, sign, e.anything()}});
  return e.either(begins, e.concat({{space, e.literals(words), e.anything()}}));
}

// The JSON text of strings whose content is in `content`, which has no quotes and escapes.
Regex in_quotes(regex::Expressions& e, Regex content) {
  const Regex quote = e.literal("\"");
  return e.concat({{quote, content, quote}});
}

}  // namespace

AnswerAutomaton::AnswerAutomaton(std::uint32_t index, regex::Expressions& e, RawStrings& raw,
                                 QuotedValues* quoted, host::AnswerTable table,
                                 std::unique_ptr<Tools> tools, AnswerOptions options)
    : index_(index),
      e_(e),
      raw_(raw),
      quoted_(quoted),
      table_(std::move(table)),
      tools_(std::move(tools)),
      options_(options) {}

State AnswerAutomaton::start() {
  return make({.state = options_.reasoning_open ? table_.reasoning : table_.start});
}

State AnswerAutomaton::make(const Place& place) {
  const std::uint32_t flags =
      (place.behind_text ? 1U : 0U) | (place.has_called ? 2U : 0U) | (place.at_end ? 4U : 0U);
  return State::of(index_,
                   places_.intern({{place.state, place.tool, place.next_parameter, flags}}));
}

AnswerAutomaton::Place AnswerAutomaton::place_of(State state) const {
  const auto words = places_[state.local()];
  const std::uint32_t flags = words[3];
  return {words[0], words[1], words[2], (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
}

bool AnswerAutomaton::expand(State state, List<Edge>& edges) {
  const Place place = place_of(state);
  return place.at_end || add(place, e_.anything(), edges);
}

bool AnswerAutomaton::parameters_are_complete(const Place& place) const {
  const auto& parameters = tool(place).parameters;
  return std::none_of(parameters.begin() + place.next_parameter, parameters.end(),
                      [](const Parameter& parameter) { return parameter.required; });
}

bool AnswerAutomaton::may_end(const Place& place) const {
  if (!row(place).may_end) return false;
  return options_.choice != ToolChoice::required || place.has_called;
}

std::optional<AnswerAutomaton::Place> AnswerAutomaton::follow(const Place& from,
                                                              const AnswerBranch& branch) const {
  if (branch.has(AnswerBranch::kLoose)) return std::nullopt;
  if (branch.has(AnswerBranch::kOpensCalls) &&
      (options_.choice == ToolChoice::none || tools_->all().empty()))
    return std::nullopt;
  if (branch.has(AnswerBranch::kNextCall) && !options_.parallel) return std::nullopt;
  Place next = from;
  next.state = branch.next;
  next.behind_text = false;
  if (branch.has(AnswerBranch::kEndsCall)) {
    if (from.tool != kNoTool && !parameters_are_complete(from)) return std::nullopt;
    next.tool = kNoTool;
    next.next_parameter = 0;
    next.has_called = true;
  }
  return may_enter(next) ? std::optional(next) : std::nullopt;
}

// Whether an answer that has come here can go on.
bool AnswerAutomaton::may_enter(const Place& place) const {
  const Text text = row(place).text;
  const bool of_parameter = text == Text::key || text == Text::value || text == Text::raw;
  if (of_parameter || text == Text::arguments) {
    if (place.tool == kNoTool) return false;
    return !of_parameter || place.next_parameter < tool(place).parameters.size();
  }
  const bool must_call = options_.choice == ToolChoice::required && !place.has_called;
  if (text != Text::content || !must_call) return true;
  // Content before a call that must be made: only where a call may follow.
  return std::any_of(row(place).branches.begin(), row(place).branches.end(),
                     [](const AnswerBranch& b) { return b.has(AnswerBranch::kOpensCalls); });
}

// The texts of the first `count` markers, without the white space at their ends.
Regex AnswerAutomaton::markers_of(const Place& place, std::size_t count) const {
  Regex markers = kNothing;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view core = core_of(row(place).branches[i].marker);
    if (!core.empty()) markers = e_.either(markers, marker_pattern(e_, core));
  }
  return markers;
}

bool AnswerAutomaton::add(const Place& place, Regex allowed, List<Edge>& edges) {
  const AnswerState& state = row(place);
  if (place.behind_text) return add_branches(place, "", allowed, edges);
  switch (state.text) {
    case Text::none:
      return add_branches(place, "", allowed, edges) || may_end(place);
    case Text::content:
    case Text::reasoning:
      return add_free(place, allowed, edges);
    case Text::name:
      add_names(place, allowed, edges);
      return false;
    case Text::key:
      add_keys(place, edges);
      return false;
    case Text::id:
    case Text::digits: {
      const bool digits = state.text == Text::digits;
      ByteSet set = ByteSet::range('0', '9');
      if (!digits) set = set | ByteSet::range('a', 'z') | ByteSet::range('A', 'Z');
      const std::uint32_t least = state.length > 0 ? state.length : 1;
      const std::uint32_t most = state.length > 0 ? state.length : digits ? 4 : kMaxIdLength;
      Place behind = place;
      behind.behind_text = true;
      edges.push_back(Edge::read(e_.repeat(e_.bytes(set), least, most), make(behind)));
      return false;
    }
    case Text::arguments:
    case Text::value:
    case Text::raw:
      add_value(place, edges);
      return false;
  }
  return false;
}

// The branches of a place behind its text, each with the text `before` in front of its marker.
bool AnswerAutomaton::add_branches(const Place& place, std::string_view before, Regex allowed,
                                   List<Edge>& edges) {
  const auto& branches = row(place).branches;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const ByteString text = {before, canonical_text(branches[i].marker)};
    const std::optional<Place> next = follow(place, branches[i]);
    if (!text.empty()) {
      if (!next) continue;
      const Regex marker = e_.both(e_.literal(text), allowed);
      if (marker != kNothing) edges.push_back(Edge::read(marker, make(*next)));
      continue;
    }
    // Nothing is read; what the branches before it would read is not to follow.
    if (!next) return false;
    return add(*next, e_.both(allowed, text_not_after(e_, markers_of(place, i))), edges);
  }
  return false;
}

bool AnswerAutomaton::add_free(const Place& place, Regex allowed, List<Edge>& edges) {
  const auto& branches = row(place).branches;
  const bool is_content = row(place).text == Text::content;
  const bool must_call = is_content && options_.choice == ToolChoice::required && !place.has_called;
  const Regex markers = markers_of(place, branches.size());
  for (const AnswerBranch& branch : branches) {
    const std::optional<Place> next = follow(place, branch);
    if (!next || (must_call && !branch.has(AnswerBranch::kOpensCalls))) continue;
    const ByteString core = canonical_text(core_of(branch.marker));
    const bool no_text = must_call || (is_content && options_.content.has_value());
    const Regex text = no_text ? e_.literal(core) : text_up_to(e_, core, markers);
    const Regex trail = marker_pattern(e_, trail_of(branch.marker));
    const Regex read = e_.concat(e_.both(allowed, text), trail);
    if (!e_.is_nothing(read)) edges.push_back(Edge::read(read, make(*next)));
  }
  if (must_call || !may_end(place)) return false;
  Place end = place;
  end.at_end = true;
  if (is_content && options_.content) {
    edges.push_back(Edge::call(*options_.content, make(end)));
    return false;
  }
  const Regex rest = e_.both(allowed, text_without(e_, markers));
  const Regex some = e_.without(rest, kEmptyText);
  if (!e_.is_nothing(some)) edges.push_back(Edge::read(some, make(end)));
  return e_.is_nullable(rest);
}

void AnswerAutomaton::add_names(const Place& place, Regex allowed, List<Edge>& edges) {
  const auto tools = tools_->all();
  for (std::uint32_t i = 0; i < tools.size(); ++i) {
    // The second name of a call is that of the first.
    if (place.tool != kNoTool && place.tool != i) continue;
    if (!options_.tool.empty() && options_.tool != tools[i].name) continue;
    Place behind = place;
    behind.tool = i;
    for (const AnswerBranch& branch : row(place).branches) {
      if (tools[i].not_by_parameter && reaches_key(branch.next)) continue;
      const std::optional<Place> next = follow(behind, branch);
      const ByteString text = {tools[i].name, canonical_text(branch.marker)};
      const Regex name = e_.both(allowed, e_.literal(text));
      if (next && name != kNothing) edges.push_back(Edge::read(name, make(*next)));
    }
  }
}

// Arguments come in the order of the schema; a required one is not left out.
void AnswerAutomaton::add_keys(const Place& place, List<Edge>& edges) {
  const auto& parameters = tool(place).parameters;
  for (std::uint32_t i = place.next_parameter; i < parameters.size(); ++i) {
    Place behind = place;
    behind.next_parameter = i;
    for (const AnswerBranch& branch : row(place).branches) {
      const ByteString text = {parameters[i].name, canonical_text(branch.marker)};
      if (const std::optional<Place> next = follow(behind, branch))
        edges.push_back(Edge::read(e_.literal(text), make(*next)));
    }
    if (parameters[i].required) return;
  }
}

void AnswerAutomaton::add_value(const Place& place, List<Edge>& edges) {
  Place behind = place;
  behind.behind_text = true;
  if (row(place).text == Text::arguments) {
    behind.next_parameter = static_cast<std::uint32_t>(tool(place).parameters.size());
    const State json = tool(place).arguments;
    const bool quotes = quoted_ != nullptr && row(place).spelling == host::Spelling::quoted;
    edges.push_back(Edge::call(quotes ? quoted_->start(json) : json, make(behind)));
    return;
  }
  const Parameter& parameter = tool(place).parameters[place.next_parameter];
  ++behind.next_parameter;
  const State next = make(behind);
  if (row(place).text == Text::raw) return add_raw(place, parameter, next, edges);
  edges.push_back(Edge::call(parameter.value, next));
  // Python's names of true, false and null.
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"true", "True"}, {"false", "False"}, {"null", "None"}};
  for (const auto& [json, python] : kWords)
    if (row(place).spelling == host::Spelling::python &&
        e_.both(parameter.scalars, e_.literal(json)) != kNothing)
      edges.push_back(Edge::read(e_.literal(python), next));
}

void AnswerAutomaton::add_raw(const Place& place, const Parameter& parameter, State next,
                              List<Edge>& edges) {
  List<ByteString> ends;
  for (const AnswerBranch& branch : row(place).branches)
    ends.push_back(canonical_text(core_of(branch.marker)));
  Regex strings = e_.both(parameter.scalars, in_quotes(e_, e_.anything()));
  if (!parameter.is_text) {
    edges.push_back(Edge::call(parameter.value, next));
    strings = e_.without(strings, in_quotes(e_, looks_like_json(e_)));
  }
  if (const std::optional<State> raw = raw_.start(strings, ends))
    edges.push_back(Edge::call(*raw, next));
}

// Whether the arguments are written one by one from here on.
bool AnswerAutomaton::reaches_key(std::uint32_t state) const {
  const AnswerState& row = table_.states[state];
  if (row.text == Text::key) return true;
  return row.text == Text::none &&
         std::any_of(row.branches.begin(), row.branches.end(), [&](const AnswerBranch& branch) {
           return table_.states[branch.next].text == Text::key;
         });
}

Refusal AnswerAutomaton::check() {
  const auto& states = table_.states;
  const bool writes_objects = std::any_of(
      states.begin(), states.end(), [](const AnswerState& s) { return s.text == Text::arguments; });
  for (const AnswerState& state : states)
    for (const AnswerBranch& branch : state.branches)
      if (is_free(state.text) && core_of(branch.marker).empty())
        return Refusal{"a marker in free text is white space", "#/table"};
  bool is_known = options_.tool.empty();
  for (const Tool& tool : tools_->all()) {
    is_known = is_known || tool.name == options_.tool;
    if (tool.not_by_parameter && !writes_objects) return tool.not_by_parameter;
  }
  if (!is_known)
    return Refusal{"the tool that is to be called is none of the tools", "#/tool_choice"};
  if (options_.choice == ToolChoice::required && tools_->all().empty())
    return Refusal{"a call is required, but there are no tools", "#/tool_choice"};
  return {};
}

}  // namespace runtime::grammar::tags
