// SPDX-License-Identifier: Apache-2.0
// plan-memory: scratch buffers that are never needed at the same time become one.
//
//   before   a -> [k1] -> b -> [k2] -> c -> [k3] -> d          four buffers
//   after    a -> [k1] -> b -> [k2] -> a -> [k3] -> b          two
//
// WebGPU checks usage per whole buffer, and a dispatch may not read a buffer that it writes: a
// buffer is free again only after the step that reads it last, so an output never meets an input.
// Buffers that grow with the cache share among themselves. What flows from one function to another
// (hidden states, logits) keeps a buffer of its own. Runs last: scratch exists only after lowering.
#pragma once

#include "ir/kernel/program.h"

namespace passes {

void plan_memory(ir::kernel::Program& program);

}  // namespace passes
