// SPDX-License-Identifier: Apache-2.0
#include "compiler/isolated_nodes.h"

#include <fmt/format.h>

#include <map>

#include "ir/support/check.h"

namespace compiler {

using namespace ir::graph;  // NOLINT: this file is about graphs

IsolatedNodes isolate(const Graph& graph, std::string_view function_name) {
  const Function* function = graph.function(function_name);
  CHECK(function, "the graph has no function {}", function_name);
  IsolatedNodes isolated{{graph.architecture, graph.weights, {}}, {}};
  std::map<std::uint32_t, std::uint32_t> weights;  // by value
  for (const Node& node : function->nodes) {
    if (const auto* weight = std::get_if<Weight>(&node.op)) {
      weights[node.result.id] = weight->weight;
      continue;
    }
    IsolatedNode single{&node, fmt::format("{}.{}", function_name, node.result.id), {}};
    Function alone{.name = single.function};
    Builder build(isolated.graph, alone);
    build.at(node.provenance);
    Op op = node.op;
    map_operands(op, [&](Value operand) {
      if (const auto weight = weights.find(operand.id); weight != weights.end())
        return build.weight(weight->second);
      single.operands.push_back(operand);
      return build.parameter(fmt::format("x{}", operand.id), function->type_of(operand));
    });
    build.returns({build.emit(std::move(op))});
    isolated.graph.functions.push_back(std::move(alone));
    isolated.nodes.push_back(std::move(single));
  }
  return isolated;
}

}  // namespace compiler
