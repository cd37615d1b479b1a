// SPDX-License-Identifier: Apache-2.0
// WeightValues: the weights of a graph as the program sees them. The sources of a declaration are
// read and joined, then encoded and decoded again, so that quantization shows in every result.
//
//   WeightValues weights(graph, checkpoint);                     // reads nothing yet
//   TRY(auto w, weights.values(*graph.weight("model.norm.weight")));   // read once, then kept
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ir/graph/bounded.h"
#include "ir/graph/graph.h"
#include "ir/graph/host_tensor.h"
#include "ir/support/tensor_source.h"

namespace ir::graph {

// Both references must outlive it. The graph's declarations must not change meanwhile.
class WeightValues {
 public:
  WeightValues(const Graph& graph, const TensorSource& source);

  // The decoded values of a declaration, in its logical shape, by T:
  //   float    shared with later calls; the others are made for the caller, who keeps them
  //   double   the same numbers
  //   Bounded  where f16 subnormals may be flushed
  // Errors: as TensorSource::read; a source that is missing or misshaped is graph_invalid.
  template <class T>
  Result<std::shared_ptr<const HostTensor<T>>> values(std::uint32_t weight);

 private:
  Result<HostTensor<float>> join_sources(const WeightDecl& weight) const;

  const Graph& graph_;
  const TensorSource& source_;
  std::vector<std::shared_ptr<const HostTensor<float>>> decoded_;  // by weight; null: not yet
};

}  // namespace ir::graph
