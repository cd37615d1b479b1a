// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/json_schema.h"

#include <memory>
#include <utility>

#include "runtime/grammar/json/value.h"

namespace runtime::grammar::schema {

Result<State> add_json_schema(Grammar& grammar, std::string_view schema,
                              const SchemaOptions& options, const Layout& layout) {
  const Result<const json::Value*> value = json::parse(grammar.arena(), schema);
  if (!value) return value.refusal();
  return add_json_schema(grammar, **value, options, layout);
}

Result<State> add_json_schema(Grammar& grammar, const json::Value& schema,
                              const SchemaOptions& options, const Layout& layout) {
  if (!grammar.has_room()) return Refusal{"too many schemas in one grammar", "#"};
  auto forms = Forms::compile(grammar.expressions(), schema, options);
  if (!forms) return forms.refusal();
  auto automaton = std::make_unique<SchemaAutomaton>(grammar.next_index(), grammar.expressions(),
                                                     *std::move(forms), layout);
  if (const Refusal refusal = automaton->check()) return refusal;
  const State start = automaton->start();
  grammar.add(std::move(automaton));
  return start;
}

Result<State> add_json(Grammar& grammar, JsonMode mode, const Layout& layout) {
  const std::string_view schema = mode == JsonMode::object ? R"({"type": "object"})" : "true";
  return add_json_schema(grammar, schema, {}, layout);
}

}  // namespace runtime::grammar::schema
