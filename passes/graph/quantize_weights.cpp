// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/quantize_weights.h"

namespace passes {

void quantize_weights(ir::graph::Graph& graph, const QuantizeOptions& options) {
  for (ir::graph::WeightDecl& weight : graph.weights) {
    const auto exception = options.exceptions.find(weight.name);
    const bool is_exception = exception != options.exceptions.end();
    const ir::Encoding encoding = is_exception ? exception->second : options.matrices;
    weight.encoding = weight.shape.size() == 2 ? encoding : ir::Encoding::f32;
  }
}

}  // namespace passes
