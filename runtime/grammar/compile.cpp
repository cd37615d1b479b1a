// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/compile.h"

#include <utility>

namespace runtime::grammar {
namespace {

Result<State> add(Grammar& grammar, Language language, std::string_view text,
                  const CompileOptions& options) {
  switch (language) {
    case Language::json:
      return schema::add_json(grammar, schema::JsonMode::value, options.layout);
    case Language::json_object:
      return schema::add_json(grammar, schema::JsonMode::object, options.layout);
    case Language::json_schema:
      return schema::add_json_schema(grammar, text, options.schema, options.layout);
  }
  return Refusal{"there is no such language of grammars", ""};
}

}  // namespace

Result<std::unique_ptr<Grammar>> compile(Language language, std::string_view text,
                                         const CompileOptions& options) {
  auto grammar = std::make_unique<Grammar>();
  Result<State> start = add(*grammar, language, text, options);
  if (!start) return std::move(start).refusal();
  if (grammar->fuel().exhausted()) return Refusal{"the grammar needs too much work", ""};
  grammar->set_start(*start);
  return grammar;
}

}  // namespace runtime::grammar
