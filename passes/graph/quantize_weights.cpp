// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/quantize_weights.h"

namespace passes {

void quantize_weights(ir::graph::Graph& graph, const QuantizeOptions& options) {
  for (ir::graph::WeightDecl& weight : graph.weights)
    weight.encoding = weight.shape.size() == 2 ? options.matrices : ir::Encoding::f32;
}

}  // namespace passes
