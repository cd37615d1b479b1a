// SPDX-License-Identifier: Apache-2.0
// Reads normal forms back, word by word: which values are in one, and what one says, as text.
//
//   FormValues values(expressions, forms);
//   values.has(forms.root(), read_json("[1]"))
//   values.print(forms.root())    // object {a!: string, "x"…: any} at most 3
#pragma once

#include <string>
#include <string_view>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/forms.h"

namespace tests::schema {

class FormValues {
 public:
  using Value = runtime::grammar::json::Value;
  using Node = runtime::grammar::schema::Node;
  using Regex = runtime::grammar::regex::Regex;

  FormValues(runtime::grammar::regex::Expressions& e, runtime::grammar::schema::Forms& forms)
      : e_(e), forms_(forms) {}

  bool has(Node node, const Value& value);

  // Scalars and free keys are shown by those of a few samples that are among them. Below `depth`
  // nodes are shown as "…".
  std::string print(Node node, unsigned depth = 2);

 private:
  bool matches(Regex regex, std::string_view text);
  bool has_items(const runtime::grammar::schema::ArrayForm& form, const Value& array);
  bool has_members(const runtime::grammar::schema::ObjectForm& form, const Value& object);
  bool meets(const runtime::grammar::schema::ObjectForm& form, std::uint32_t demand,
             const Value& object);
  std::string scalars(Regex regex);
  std::string keys(Regex regex);
  std::string print(const runtime::grammar::schema::ArrayForm& form, unsigned depth);
  std::string print(const runtime::grammar::schema::ObjectForm& form, unsigned depth);

  runtime::grammar::regex::Expressions& e_;
  runtime::grammar::schema::Forms& forms_;
};

}  // namespace tests::schema
