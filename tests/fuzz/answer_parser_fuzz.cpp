// SPDX-License-Identifier: Apache-2.0
// Answer tables and answers: whatever the bytes, nothing crashes or hangs, and how an answer is cut
// into pieces changes nothing. The first byte chooses a format, or that the table is read from the
// input, too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/host/answer_parser.h"

namespace {

using runtime::host::AnswerBranch;
using runtime::host::AnswerEvent;
using runtime::host::AnswerParser;
using runtime::host::AnswerState;
using runtime::host::AnswerTable;
using runtime::host::AnswerTool;
using runtime::host::Spelling;
using Text = AnswerState::Text;

// Reasoning, then content or calls whose arguments are an object.
AnswerTable object_table(Spelling spelling) {
  AnswerTable table;
  table.states = {
      {.text = Text::none, .may_end = true, .branches = {{"<t>", 2, 0}, {"", 1, 0}}},
      {.text = Text::content, .may_end = true, .branches = {{"<c>", 3, 1}}},
      {.text = Text::reasoning, .branches = {{"\2\n\2</t>\2\n\n\2", 1, 0}}},
      {.text = Text::name, .branches = {{"\1 \1:\1 \1", 4, 0}}},
      {.text = Text::arguments, .spelling = spelling, .branches = {{"\1\n\1</c>", 5, 4}}},
      {.text = Text::none, .may_end = true, .branches = {{"\1\n\1<c>", 3, 2}, {"", 1, 8}}}};
  table.reasoning = 2;
  table.content = 1;
  table.quote = "<|\"|>";
  return table;
}

// Calls whose arguments come one by one.
AnswerTable pairs_table(Text value, Spelling spelling) {
  AnswerTable table;
  table.states = {{.text = Text::content, .may_end = true, .branches = {{"<f=", 1, 1}}},
                  {.text = Text::name, .branches = {{">", 2, 0}}},
                  {.text = Text::none, .branches = {{"</f>", 5, 4}, {"<p=", 3, 0}}},
                  {.text = Text::key, .branches = {{">\2\n\2", 4, 0}}},
                  {.text = value, .spelling = spelling, .branches = {{"\2\n\2</p>\1\n\1", 2, 0}}},
                  {.text = Text::none, .may_end = true, .branches = {{"<f=", 1, 2}, {"", 0, 8}}}};
  return table;
}

std::optional<AnswerTable> choose(std::uint8_t choice, std::string_view& input) {
  switch (choice % 6) {
    case 0:
      return object_table(Spelling::json);
    case 1:
      return object_table(Spelling::quoted);
    case 2:
      return pairs_table(Text::raw, Spelling::json);
    case 3:
      return pairs_table(Text::value, Spelling::python);
    default:
      break;
  }
  const std::size_t size = input.empty() ? 0 : static_cast<unsigned char>(input.front());
  const std::string_view table = input.substr(0, size);
  input.remove_prefix(table.size());
  return AnswerTable::read({reinterpret_cast<const std::uint8_t*>(table.data()), table.size()});
}

void join(std::vector<AnswerEvent>& all, std::vector<AnswerEvent>& events) {
  for (AnswerEvent& event : events) {
    const bool is_text = event.kind == AnswerEvent::Kind::content ||
                         event.kind == AnswerEvent::Kind::reasoning ||
                         event.kind == AnswerEvent::Kind::arguments;
    if (is_text && !all.empty() && all.back().kind == event.kind) {
      all.back().text += event.text;
    } else {
      all.push_back(std::move(event));
    }
  }
  events.clear();
}

std::vector<AnswerEvent> parse(const AnswerTable& table, std::string_view text, std::size_t step) {
  AnswerParser parser(table, {{"f", {{"a", AnswerTool::Value::string}}}}, false);
  std::vector<AnswerEvent> all, events;
  for (std::size_t at = 0; at < text.size(); at += step) {
    parser.push(text.substr(at, step), events);
    join(all, events);
  }
  parser.flush(events);
  join(all, events);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::optional<AnswerTable> table = choose(data[0], input);
  if (!table) return 0;
  const std::vector<AnswerEvent> whole = parse(*table, input, input.size() + 1);
  for (const std::size_t step : {1, 2, 3, 7}) {
    const std::vector<AnswerEvent> pieces = parse(*table, input, step);
    bool same = pieces.size() == whole.size();
    for (std::size_t i = 0; same && i < whole.size(); ++i)
      same = pieces[i].kind == whole[i].kind && pieces[i].text == whole[i].text;
    if (!same) std::abort();
  }
  return 0;
}
