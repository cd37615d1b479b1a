// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/json_schema.h"

#include <memory>
#include <utility>

#include "runtime/grammar/json/value.h"

namespace runtime::grammar::schema {

Result<State> add_json_schema(Grammar& grammar, std::string_view schema,
                              const SchemaOptions& options, const Layout& layout) {
  if (!grammar.has_room()) return Refusal{"too many schemas in one grammar", "#"};
  Result<json::Value> value = json::parse(schema);
  if (!value) return value.refusal();
  auto document = std::make_unique<json::Value>(*std::move(value));
  auto forms = Forms::compile(grammar.expressions(), *document, options);
  if (!forms) return forms.refusal();
  auto automaton = std::make_unique<SchemaAutomaton>(
      grammar.next_index(), grammar.expressions(), std::move(document), *std::move(forms), layout);
  if (auto refusal = automaton->check()) return *std::move(refusal);
  const State start = automaton->start();
  grammar.add(std::move(automaton));
  return start;
}

Result<State> add_json(Grammar& grammar, JsonMode mode, const Layout& layout) {
  const std::string_view schema = mode == JsonMode::object ? R"({"type": "object"})" : "true";
  return add_json_schema(grammar, schema, {}, layout);
}

}  // namespace runtime::grammar::schema
