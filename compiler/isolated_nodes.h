// SPDX-License-Identifier: Apache-2.0
// isolate(graph): a graph with one function per node, so that each node can be computed from values
// that come from elsewhere: what kernels computed before it.
//
//   func forward(%tokens ...) {                       func forward.7(%x: f32[rows, 64]) {
//     ...                                       ->      %r = linear %x, @model...qkv_proj
//     %9 = linear %8, @model...qkv_proj                 return %r
//                                                     }
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/graph.h"

namespace compiler {

struct IsolatedNode {
  const ir::graph::Node* node;
  std::string function;                    // of IsolatedNodes::graph
  std::vector<ir::graph::Value> operands;  // its arguments, as values of the node's own function
};

struct IsolatedNodes {
  ir::graph::Graph graph;
  std::vector<IsolatedNode> nodes;  // references to weights are not among them
};

// The nodes of one function. Its weights have the indices they have in `graph`, which must outlive
// the result.
IsolatedNodes isolate(const ir::graph::Graph& graph, std::string_view function);

}  // namespace compiler
