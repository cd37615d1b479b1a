// SPDX-License-Identifier: Apache-2.0
// fuse-swiglu: both projections of a gated MLP and their product in one op.
//
//   before   %g = linear %x, @gate_proj    %u = linear %x, @up_proj    %h = swiglu %g, %u
//   after    %h = linear_swiglu %x, @gate_proj, @up_proj
//
// One kernel reads x once and never stores the two wide intermediates. Left alone when a projection
// has another user.
#pragma once

#include "ir/graph/graph.h"

namespace passes {

void fuse_swiglu(ir::graph::Graph& graph);

}  // namespace passes
