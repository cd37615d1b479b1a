// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/fuse_swiglu.h"

#include "passes/graph/rewriter.h"

namespace passes {

using namespace ir::graph;  // NOLINT

void fuse_swiglu(Graph& graph) {
  rewrite(graph, [](const Node& node, Rewriter& r) -> std::optional<Value> {
    const auto* product = std::get_if<Swiglu>(&node.op);
    if (!product) return std::nullopt;
    const auto* gate = r.sole<Linear>(product->gate);
    const auto* up = r.sole<Linear>(product->up);
    if (!gate || !up || gate->x != up->x) return std::nullopt;
    return r.emit(LinearSwiglu{gate->x, gate->weight, up->weight, gate->bias, up->bias});
  });
}

}  // namespace passes
