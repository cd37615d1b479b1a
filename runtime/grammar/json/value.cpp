// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/json/value.h"

namespace runtime::grammar::json {

const Value* Value::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

}  // namespace runtime::grammar::json
