// SPDX-License-Identifier: Apache-2.0
// fuse-residual: the addition to the residual stream moves into the linear layer before it.
//
//   before   %y = linear %h, @down_proj    %x1 = add %x, %y
//   after    %x1 = linear_add %x, %h, @down_proj
//
// Left alone when the linear layer's result has another user.
#pragma once

#include "ir/graph/graph.h"

namespace passes {

void fuse_residual(ir::graph::Graph& graph);

}  // namespace passes
