// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/json/value.h"

#include <algorithm>

namespace runtime::grammar::json {

const Value* Value::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

}  // namespace runtime::grammar::json
