// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/type.h"

#include <fmt/format.h>

#include "ir/support/match.h"

namespace ir::graph {

std::string to_string(const Dim& dim) {
  return dim.is_constant() ? fmt::format("{}", dim.extent) : dim.symbol;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_string(shape[i]);
  }
  return text + "]";
}

std::string to_string(const Type& type) {
  return match(
      type,
      [](const TensorType& tensor) {
        return fmt::format("{}{}", name_of(tensor.dtype), to_string(tensor.shape));
      },
      [](const CacheType& cache) {
        return fmt::format("cache[{} x {} x {}]", cache.layers, cache.kv_heads, cache.head_dim);
      });
}

}  // namespace ir::graph
