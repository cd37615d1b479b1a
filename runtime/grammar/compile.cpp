// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/compile.h"

#include <utility>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/tags/answers.h"
#include "runtime/grammar/tags/structural_tags.h"
#include "runtime/grammar/text/gbnf.h"
#include "runtime/grammar/text/lark.h"
#include "runtime/grammar/text/regular.h"

namespace runtime::grammar {
namespace {

// What real schemas need a hundredth of; a second or two in a browser.
constexpr std::uint64_t kCompileUnits = 4'000'000;

Result<State> add_choices(Grammar& grammar, std::string_view text) {
  const auto list = json::parse(grammar.arena(), text);
  if (!list) return list.refusal();
  List<std::string_view> choices;
  for (const json::Value& choice : (*list)->items) {
    if (!choice.is(json::Value::Kind::string)) return Refusal{"a choice is no string"};
    choices.push_back(choice.text);
  }
  return text::add_choices(grammar, choices);
}

Result<State> add(Grammar& grammar, Language language, std::string_view text,
                  const CompileOptions& options) {
  switch (language) {
    case Language::json:
      return schema::add_json(grammar, schema::JsonMode::value, options.layout);
    case Language::json_object:
      return schema::add_json(grammar, schema::JsonMode::object, options.layout);
    case Language::json_schema:
      return schema::add_json_schema(grammar, text, options.schema, options.layout);
    case Language::gbnf:
      return text::add_gbnf(grammar, text);
    case Language::lark:
      return text::add_lark(grammar, text);
    case Language::regex:
      return text::add_regex(grammar, text);
    case Language::choices:
      return add_choices(grammar, text);
    case Language::structural_tags:
      return tags::add_structural_tags(grammar, text, options.schema, options.layout);
    case Language::answers:
      return tags::add_answers(grammar, text, options.schema, options.layout);
  }
  return Refusal{"there is no such language of grammars"};
}

}  // namespace

Result<std::unique_ptr<Grammar>> compile(Language language, std::string_view text,
                                         const CompileOptions& options) {
  auto grammar = std::make_unique<Grammar>();
  grammar->fuel().refill(kCompileUnits);
  const Result<State> start = add(*grammar, language, text, options);
  Refusal refusal = start.refusal();
  if (!refusal && grammar->fuel().exhausted()) refusal = {"the grammar needs too much work"};
  grammar->set_start(*start);
  return {std::move(grammar), refusal};
}

}  // namespace runtime::grammar
