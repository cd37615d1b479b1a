// SPDX-License-Identifier: Apache-2.0
// fuse-argmax: the greedy head picks its token without storing the logits.
//
//   before   %l = linear %x, @lm_head    %id = argmax %l
//   after    %id = linear_argmax %x, @lm_head
//
// Left alone when the logits have another user, or the head has a bias.
#pragma once

#include "ir/graph/graph.h"

namespace passes {

void fuse_argmax(ir::graph::Graph& graph);

}  // namespace passes
