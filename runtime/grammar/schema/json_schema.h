// SPDX-License-Identifier: Apache-2.0
// JSON and JSON Schema as grammars.
//
//   Grammar grammar;
//   const auto start = add_json_schema(grammar, R"({"type": "array", "maxItems": 2})", {}, {});
//   if (!start) return report(start.refusal());    // names the construct by a JSON pointer
//   grammar.set_start(*start);
//
// A schema is enforced exactly or refused; one that no value satisfies is refused as well. Keys are
// spelled without superfluous escapes, and constrained numbers without exponent.
#pragma once

#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/automaton.h"
#include "runtime/grammar/schema/forms.h"

namespace runtime::grammar::schema {

// The documents of `options` must outlive the grammar.
Result<State> add_json_schema(Grammar& grammar, std::string_view schema,
                              const SchemaOptions& options, const Layout& layout);
// Of a value that outlives the grammar, too, as those in its arena do.
Result<State> add_json_schema(Grammar& grammar, const json::Value& schema,
                              const SchemaOptions& options, const Layout& layout);

// Any JSON value, or any object: what is called JSON mode.
enum class JsonMode : std::uint8_t { value, object };
Result<State> add_json(Grammar& grammar, JsonMode mode, const Layout& layout);

}  // namespace runtime::grammar::schema
