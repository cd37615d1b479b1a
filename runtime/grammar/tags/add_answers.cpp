// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/json_schema.h"
#include "runtime/grammar/tags/answers.h"

namespace runtime::grammar::tags {
namespace {

using json::Value;

Result<host::AnswerTable> read_table(Arena& arena, const Value* list) {
  const std::size_t size = list == nullptr ? 0 : list->items.size();
  auto* const bytes = static_cast<std::uint8_t*>(arena.allocate(size));
  for (std::size_t i = 0; i < size; ++i) {
    unsigned byte = 0;
    for (const char digit : list->items[i].text)
      byte = 10 * byte + static_cast<unsigned>(digit - '0');
    bytes[i] = static_cast<std::uint8_t>(byte);
  }
  auto table = host::AnswerTable::read({bytes, size});
  if (!table) return Refusal{"the table of the tool format is malformed", "#/table"};
  return *std::move(table);
}

bool flag(const Value& options, std::string_view key, bool otherwise) {
  const Value* value = options.find(key);
  return value != nullptr && value->is(Value::Kind::boolean) ? value->boolean : otherwise;
}

Result<AnswerOptions> read_options(const Value& json) {
  AnswerOptions options;
  options.parallel = flag(json, "parallel_tool_calls", true);
  options.reasoning_open = flag(json, "reasoning_open", false);
  const Value* choice = json.find("tool_choice");
  if (choice == nullptr || choice->text == "auto") return options;
  if (choice->is(Value::Kind::object)) {
    const Value* name = choice->find("name");
    options.choice = ToolChoice::required;
    if (name != nullptr) options.tool = name->text;
  } else if (choice->text == "required") {
    options.choice = ToolChoice::required;
  } else if (choice->text == "none") {
    options.choice = ToolChoice::none;
  } else {
    return Refusal{"the choice is none of auto, none, required, or a tool", "#/tool_choice"};
  }
  return options;
}

}  // namespace

Result<State> add_answers(Grammar& grammar, host::AnswerTable table, std::unique_ptr<Tools> tools,
                          const AnswerOptions& options) {
  if (grammar.next_index() + 3 > Grammar::kMaxAutomata)
    return Refusal{"too many schemas in one grammar", "#/tools"};
  auto raw = std::make_unique<RawStrings>(grammar.next_index(), grammar.expressions());
  RawStrings& strings = *raw;
  grammar.add(std::move(raw));
  QuotedValues* quoted = nullptr;
  if (!table.quote.empty()) {
    auto values = std::make_unique<QuotedValues>(grammar.next_index(), grammar, table.quote);
    quoted = values.get();
    grammar.add(std::move(values));
  }
  auto automaton =
      std::make_unique<AnswerAutomaton>(grammar.next_index(), grammar.expressions(), strings,
                                        quoted, std::move(table), std::move(tools), options);
  if (const Refusal refusal = automaton->check()) return refusal;
  const State start = automaton->start();
  grammar.add(std::move(automaton));
  return start;
}

Result<State> add_answers(Grammar& grammar, std::string_view json,
                          const schema::SchemaOptions& options, const schema::Layout& layout) {
  const auto parsed = json::parse(grammar.arena(), json);
  if (!parsed) return parsed.refusal();
  const Value& description = **parsed;
  auto table = read_table(grammar.arena(), description.find("table"));
  if (!table) return table.refusal();
  auto answer_options = read_options(description);
  if (!answer_options) return answer_options.refusal();
  static const Value kNoTools{.kind = Value::Kind::array};
  const Value* list = description.find("tools");
  schema::Layout spaced = layout;
  if (!table->quote.empty()) spaced.whitespace = schema::Whitespace::compact;
  auto tools = Tools::add(grammar, list == nullptr ? kNoTools : *list, options, spaced);
  if (!tools) return tools.refusal();
  if (const Value* content = description.find("content")) {
    const auto start = schema::add_json_schema(grammar, *content, options, layout);
    if (!start) return start.refusal();
    answer_options->content = *start;
  }
  return add_answers(grammar, *std::move(table), *std::move(tools), *answer_options);
}

}  // namespace runtime::grammar::tags
