// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/forms/forms.h"

namespace codegen::lower {

using namespace ir::graph;  // NOLINT

bool lower_host(const Node& node, Lowering& l) {
  const auto* table = std::get_if<RopeTable>(&node.op);
  if (!table) return false;
  l.alias(node.result, l.rope_place(*table));
  return true;
}

}  // namespace codegen::lower
