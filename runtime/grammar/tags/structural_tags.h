// SPDX-License-Identifier: Apache-2.0
// Structural tags, as vLLM and XGrammar take them: free text until a trigger, then one of the tags
// that begin with it, and free text again.
//
//   {"type": "structural_tag", "triggers": ["<function="],
//    "structures": [{"begin": "<function=f>", "schema": {"type": "object"}, "end": "</function>"}]}
//
//   Let me see.<function=f>{"a": 1}</function> Done.
#pragma once

#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/automaton.h"
#include "runtime/grammar/schema/forms.h"

namespace runtime::grammar::tags {

// Refused where a tag begins with no trigger, or its schema cannot be enforced.
Result<State> add_structural_tags(Grammar& grammar, std::string_view json,
                                  const schema::SchemaOptions& options,
                                  const schema::Layout& layout);

}  // namespace runtime::grammar::tags
