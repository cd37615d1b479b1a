// SPDX-License-Identifier: Apache-2.0
// What JSON Schema says of a value, word by word and without any cleverness: the yardstick for the
// grammars of random schemas. Knows draft 2020-12 but for patterns, formats and references other
// than to "#" and "#/$defs/name".
//
//   is_valid(read_json(R"({"minItems": 1})"), read_json("[]"))    // false
#pragma once

#include "runtime/grammar/json/value.h"

namespace tests::schema {

bool is_valid(const runtime::grammar::json::Value& schema,
              const runtime::grammar::json::Value& value);

}  // namespace tests::schema
