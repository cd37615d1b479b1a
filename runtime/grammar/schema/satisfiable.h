// SPDX-License-Identifier: Apache-2.0
// Which nodes have a value at all: the least fixpoint over everything that can be reached from the
// root. A schema without finite value has none, nor has one that asks for what cannot be together:
//
//   {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}}
//   {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": true, "minItems": 3}
//
// An automaton offers only what leads to some value (the law of productivity), and asks here.
#pragma once

#include <cstdint>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/forms.h"
#include "runtime/grammar/schema/normal_form.h"

namespace runtime::grammar::schema {

class Satisfiable {
 public:
  Satisfiable(Forms& forms, regex::Expressions& e) : forms_(forms), e_(e) {}

  // Looks at every node that can be reached from `root`. What it refuses is a construct that cannot
  // be enforced exactly.
  Refusal explore(Node root);

  // Whether some value is in the node; some array or object.
  bool has_value(Node node);
  bool has_composite(Node node);

  const Form& form(Node node) { return forms_.form(node); }
  Node both(Node a, Node b) { return forms_.both(a, b); }
  Node negation(Node a) { return forms_.negation(a); }
  regex::Expressions& expressions() { return e_; }

  // Strings, names and numbers spelled in one way only, so that texts can be counted and compared.
  regex::Regex one_spelling();

 private:
  struct Answer {
    bool seen = false;
    bool scalar = false;
    bool composite = false;
  };

  Answer& answer(Node node);
  void settle();
  bool evaluate(Node node);
  bool evaluate(const ObjectForm& form);
  bool evaluate(const ArrayForm& form);

  Forms& forms_;
  regex::Expressions& e_;
  List<Answer> answers_;  // by node
  List<Node> order_;      // in which nodes were seen
  bool settling_ = false;
  const char* refusal_ = nullptr;  // of an object: the rest is not looked at
  regex::Regex one_spelling_ = regex::kNothing;
};

}  // namespace runtime::grammar::schema
