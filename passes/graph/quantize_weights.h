// SPDX-License-Identifier: Apache-2.0
// quantize-weights: chooses how each weight is stored.
//
//   before   weight @model.layers.0.mlp.up_proj.weight: f32[172, 64]
//   after    weight @model.layers.0.mlp.up_proj.weight: q4[172, 64]
//
// Matrices take the encoding of the chosen quantization, or the one that is chosen for them alone;
// vectors (norms, biases) stay f32: they are few bytes, and their errors would touch every row. No
// value is computed here: the weight writer and the interpreter encode when they read.
#pragma once

#include <map>
#include <string>

#include "ir/graph/graph.h"

namespace passes {

using EncodingByName = std::map<std::string, ir::Encoding, std::less<>>;

struct QuantizeOptions {
  ir::Encoding matrices = ir::Encoding::q4;
  EncodingByName exceptions = {};  // of single matrices
};

void quantize_weights(ir::graph::Graph& graph, const QuantizeOptions& options);

}  // namespace passes
