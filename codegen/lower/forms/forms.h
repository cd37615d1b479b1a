// SPDX-License-Identifier: Apache-2.0
// The kernel forms, one file each. Adding one: its file here, its declaration, and its line in
// forms.cpp at the place where it is to be tried.
#pragma once

#include "codegen/lower/lowering.h"

namespace codegen::lower {

// Values that the host provides or that merely rename others: no kernel.
bool lower_host(const ir::graph::Node& node, Lowering& l);
// rms_norm of activation rows by one workgroup each.
bool lower_norm(const ir::graph::Node& node, Lowering& l);
// Rows of a weight matrix: token embeddings.
bool lower_gather(const ir::graph::Node& node, Lowering& l);
// linear, linear_add and linear_swiglu on tiled weights, when there are many rows.
bool lower_gemm(const ir::graph::Node& node, Lowering& l);
// The same, row by row; norm_linear and norm_linear_swiglu of few rows.
bool lower_gemv(const ir::graph::Node& node, Lowering& l);
// linear and norm_linear of few rows that give q|k|v rows, with the rope_cache_write after them.
bool lower_qkv_cache_write(const ir::graph::Node& node, Lowering& l);
// linear_argmax and norm_linear_argmax: the greedy head, in two dispatches.
bool lower_argmax_head(const ir::graph::Node& node, Lowering& l);
// argmax of stored logits.
bool lower_argmax(const ir::graph::Node& node, Lowering& l);
// rope_cache_write into the paged cache.
bool lower_rope_cache_write(const ir::graph::Node& node, Lowering& l);
// attention and rope_attention over the paged cache, when there are many rows.
bool lower_tiled_attention(const ir::graph::Node& node, Lowering& l);
// The same, row by row, in two dispatches.
bool lower_attention(const ir::graph::Node& node, Lowering& l);
// Any primitive by one invocation per element; any composite by its decomposition.
bool lower_generic(const ir::graph::Node& node, Lowering& l);

}  // namespace codegen::lower
