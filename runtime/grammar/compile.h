// SPDX-License-Identifier: Apache-2.0
// A grammar from its text, in any of the languages that answers can be constrained by.
//
//   const auto grammar = compile(Language::json_schema, R"({"type": "integer"})", {});
//   if (!grammar) return report(grammar.refusal());
//
// Compiling looks at what is written and makes no state that a text has not led to; it spends the
// grammar's fuel like everything else, so it ends within about a second, as a rule in milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/json_schema.h"

namespace runtime::grammar {

enum class Language : std::uint32_t {
  json,         // no text: any value
  json_object,  // no text: any object
  json_schema,
  gbnf,
  lark,
  regex,    // ECMA-262's; the whole answer matches it
  choices,  // a JSON array of strings, one of which the answer is
  structural_tags,
  answers,  // reasoning, content and tool calls: tags/answers.h
};

struct CompileOptions {
  schema::SchemaOptions schema;
  schema::Layout layout;
};

Result<std::unique_ptr<Grammar>> compile(Language language, std::string_view text,
                                         const CompileOptions& options);

}  // namespace runtime::grammar
