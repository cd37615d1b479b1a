// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/fuse_residual.h"

#include <utility>

#include "passes/graph/rewriter.h"

namespace passes {

using namespace ir::graph;  // NOLINT

void fuse_residual(Graph& graph) {
  rewrite(graph, [](const Node& node, Rewriter& r) -> std::optional<Value> {
    const auto* add = std::get_if<Add>(&node.op);
    if (!add) return std::nullopt;
    for (const auto& [residual, y] : {std::pair(add->a, add->b), std::pair(add->b, add->a)}) {
      const auto* linear = r.sole<Linear>(y);
      if (linear && r.type_of(residual) == r.type_of(y))
        return r.emit(LinearAdd{residual, linear->x, linear->weight, linear->bias},
                      r.definition(y)->provenance);
    }
    return std::nullopt;
  });
}

}  // namespace passes
