// SPDX-License-Identifier: Apache-2.0
// fuse-norm: a linear layer normalises its input itself.
//
//   before   %n = rms_norm %x, @norm    %y = linear %n, @up
//   after    %y = norm_linear %x, @norm, @up
//
// linear_swiglu and linear_argmax take it in likewise. Left alone when the normalised row has
// another user, because each would normalise it again.
#pragma once

#include "ir/graph/graph.h"

namespace passes {

void fuse_norm(ir::graph::Graph& graph);

}  // namespace passes
