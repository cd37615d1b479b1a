// SPDX-License-Identifier: Apache-2.0
// Projection: what all forms of linear, linear_add and linear_swiglu share: rows of activations
// times one tiled matrix or two, and what happens between a finished sum and its store.
//
//   sum[p] = sum over k of products[p].weight[n, k] * x[row, k]
//   y[row, n] = epilogue(sum[p] * unit + products[p].bias[n])
//
// The order of K, a law for every form, so that a row's result does not depend on the rows beside
// it: the groups of a weight's encoding are added in ascending order, each by
// EncodedWeight::group_dots, to one f32 sum that begins at 0.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codegen/lower/encoded_weight.h"
#include "codegen/lower/lowering.h"
#include "ir/kernel/builder.h"

namespace codegen::lower {

// One product: a matrix and its optional bias.
struct Product {
  ir::graph::Value weight, bias;
};

enum class Epilogue { none, add, swiglu };

struct Projection {
  ir::graph::Value x, residual;
  std::vector<Product> products;  // two for swiglu: gate, up
  Epilogue epilogue = Epilogue::none;
};

std::optional<Projection> match_projection(const ir::graph::Op& op);

// How all its matrices are stored; nullopt when they are not weights of one shape in tiles.
std::optional<EncodedWeight> tiled_weight(const Projection& projection, const Lowering& l);

// "linear_add_bias_q4_2048x5632".
std::string name_of(const Projection& projection, const EncodedWeight& weight);

// The memories of a projection's kernel, in binding order.
struct ProjectionMemories {
  ir::kernel::MemoryId x;  // vec4<f32>, rows padded
  std::vector<ir::kernel::MemoryId> weights, biases;
  std::optional<ir::kernel::MemoryId> residual;
  ir::kernel::MemoryId y;  // f32, rows padded
};
ProjectionMemories bind_memories(ir::kernel::Builder& b, const Projection& projection,
                                 const EncodedWeight& weight);
// What is bound to them.
std::vector<std::uint32_t> buffers_of(const Projection& projection, const Lowering& l, Place y);

// What is stored at y[out], column n of a row, given one finished sum per product.
ir::kernel::Expr finished(ir::kernel::Builder& b, const Projection& projection,
                          const ProjectionMemories& memories, const EncodedWeight& weight,
                          std::span<const ir::kernel::Expr> sums, ir::kernel::Expr n,
                          ir::kernel::Expr out);

}  // namespace codegen::lower
