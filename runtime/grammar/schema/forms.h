// SPDX-License-Identifier: Apache-2.0
// Forms: the normal forms of a JSON Schema and of everything that can be built from its parts.
//
//   const auto schema = json::parse(R"({"anyOf": [{"type": "null"}, {"required": ["a"]}]})");
//   auto forms = Forms::compile(expressions, *schema, {});
//   if (!forms) return forms.refusal();               // names the construct by a JSON pointer
//   const Form& form = (*forms)->form((*forms)->root());
//   (*forms)->form((*forms)->negation((*forms)->root()));
//
// Drafts 4, 6, 7, 2019-09 and 2020-12. Every keyword is exact or the schema is refused; what a
// schema cannot reach is not looked at.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/normal_form.h"

namespace runtime::grammar::schema {

enum class Draft : std::uint8_t { draft4, draft6, draft7, draft2019_09, draft2020_12 };

// Another schema that references may lead to.
struct SchemaDocument {
  std::string_view uri;
  const json::Value* schema = nullptr;
};

struct SchemaOptions {
  Draft draft = Draft::draft2020_12;  // of a schema without $schema
  bool assert_formats = false;        // enforce `format` where it is known; else it is a comment
  std::span<const SchemaDocument> documents;
};

class Forms {
 public:
  // `schema` and the documents of `options` must outlive the result. Everything that form() can
  // reach from the root has been looked at: form() of it never fails.
  static Result<std::unique_ptr<Forms>> compile(regex::Expressions& e, const json::Value& schema,
                                                const SchemaOptions& options);
  ~Forms();

  Node root() const;
  // Of a node that both() or negation() made later, it may turn out that its form cannot be had:
  // refusal() says so from then on, and the form has no value. A form keeps its address.
  const Form& form(Node node);
  Refusal refusal() const;

  // Values that both allow; values that it does not allow. Nodes are small numbers without gaps.
  Node both(Node a, Node b);
  Node negation(Node a);

 private:
  struct State;
  explicit Forms(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace runtime::grammar::schema
