// SPDX-License-Identifier: Apache-2.0
// Types of graph values: tensors with constant or symbolic extents, and the opaque KV cache.
//
//   f32[rows, 64]              a tensor; `rows` is bound when the function runs
//   cache[5 x 4 x 8]           keys and values of 5 layers, 4 KV heads, head_dim 8
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ir/support/dtype.h"

namespace ir::graph {

// An extent: a constant (symbol empty) or a named size. The symbols of this project:
//   rows     rows of the step, each one (token, sequence, position)
//   outputs  rows whose logits are wanted
//   context  cached positions a row may look back on (at least the largest position + 1)
struct Dim {
  std::string symbol;
  std::int64_t extent = 0;

  Dim(std::int64_t constant) : extent(constant) {}    // NOLINT: implicit
  Dim(std::string name) : symbol(std::move(name)) {}  // NOLINT
  Dim(const char* name) : symbol(name) {}             // NOLINT
  bool is_constant() const { return symbol.empty(); }
  bool operator==(const Dim&) const = default;
};

using Shape = std::vector<Dim>;

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};

struct CacheType {
  std::int64_t layers = 0, kv_heads = 0, head_dim = 0;
  bool operator==(const CacheType&) const = default;
};

using Type = std::variant<TensorType, CacheType>;

std::string to_string(const Dim& dim);
std::string to_string(const Shape& shape);
std::string to_string(const Type& type);

}  // namespace ir::graph
