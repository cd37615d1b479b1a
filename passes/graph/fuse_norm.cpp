// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/fuse_norm.h"

#include "passes/graph/rewriter.h"

namespace passes {

using namespace ir::graph;  // NOLINT

void fuse_norm(Graph& graph) {
  rewrite(graph, [](const Node& node, Rewriter& r) -> std::optional<Value> {
    if (const auto* op = std::get_if<Linear>(&node.op))
      if (const auto* norm = r.sole<RmsNorm>(op->x))
        return r.emit(NormLinear{norm->x, norm->weight, op->weight, op->bias, norm->epsilon});
    if (const auto* op = std::get_if<LinearSwiglu>(&node.op))
      if (const auto* norm = r.sole<RmsNorm>(op->x))
        return r.emit(NormLinearSwiglu{norm->x, norm->weight, op->gate, op->up, op->gate_bias,
                                       op->up_bias, norm->epsilon});
    if (const auto* op = std::get_if<LinearArgmax>(&node.op))
      if (const auto* norm = r.sole<RmsNorm>(op->x))
        return r.emit(NormLinearArgmax{norm->x, norm->weight, op->weight, norm->epsilon});
    return std::nullopt;
  });
}

}  // namespace passes
