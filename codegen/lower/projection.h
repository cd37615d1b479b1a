// SPDX-License-Identifier: Apache-2.0
// Projection: what all forms of linear layers share: rows of activations, maybe normalised first,
// times one tiled matrix or two, and what happens between a finished sum and its store.
//
//   sum[p] = sum over k of products[p].weight[n, k] * x[row, k]          in the order of k_order.h
//   y[row, n] = epilogue(sum[p] * unit + products[p].bias[n])
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

// The rms_norm of x that comes before the products.
struct Norm {
  ir::graph::Value weight;
  double epsilon = 0;
};

enum class Epilogue { none, add, swiglu, argmax };

struct Projection {
  ir::graph::Value x, residual;
  std::vector<Product> products;  // two for swiglu: gate, up
  Epilogue epilogue = Epilogue::none;
  std::optional<Norm> norm;
};

// Of the ops whose names begin with linear or norm_linear.
std::optional<Projection> match_projection(const ir::graph::Op& op);

// The same rows of all its matrices, which one dispatch reads.
struct ProjectionPart {
  EncodedWeight weight;
  std::vector<std::uint32_t> buffers;  // of what bind_inputs declares

  // Columns of the result, from the first of these rows on; the last ones clear its padding, too.
  std::uint64_t columns() const;
};

// One part has all rows, unless a matrix is too large for one buffer. Empty when the matrices are
// not weights of one shape in tiles, or when the vectors beside them are no weights.
std::vector<ProjectionPart> projection_parts(const Projection& projection, const Lowering& l);

// "linear_add_bias_q4_2048x5632".
std::string name_of(const Projection& projection, const EncodedWeight& weight);

// What a projection's kernel reads, in binding order.
struct ProjectionInputs {
  ir::kernel::MemoryId x;                    // vec4<f32>, rows padded
  std::optional<ir::kernel::MemoryId> norm;  // vec4<f32>
  std::vector<ir::kernel::MemoryId> weights, biases;
  std::optional<ir::kernel::MemoryId> residual;
};
ProjectionInputs bind_inputs(ir::kernel::Builder& b, const Projection& projection,
                             const EncodedWeight& weight);
// What is stored for row and column n of the result, given one finished sum per product; `out` is
// where, because the residual lies there, too.
ir::kernel::Expr finished(ir::kernel::Builder& b, const Projection& projection,
                          const ProjectionInputs& inputs, const EncodedWeight& weight,
                          std::span<const ir::kernel::Expr> sums, ir::kernel::Expr n,
                          ir::kernel::Expr out);

}  // namespace codegen::lower
