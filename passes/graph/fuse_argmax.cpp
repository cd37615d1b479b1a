// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/fuse_argmax.h"

#include "passes/graph/rewriter.h"

namespace passes {

using namespace ir::graph;  // NOLINT

void fuse_argmax(Graph& graph) {
  rewrite(graph, [](const Node& node, Rewriter& r) -> std::optional<Value> {
    const auto* argmax = std::get_if<Argmax>(&node.op);
    const auto* head = argmax ? r.sole<Linear>(argmax->x) : nullptr;
    if (!head || head->bias) return std::nullopt;
    return r.emit(LinearArgmax{head->x, head->weight});
  });
}

}  // namespace passes
