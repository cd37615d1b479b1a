// SPDX-License-Identifier: Apache-2.0
// Uniformity: is a barrier (or a subgroup op) reached by all invocations of a workgroup, or by
// none? WGSL refuses kernels for which a compiler cannot tell.
//
//   if %lane_is_small { barrier }                         divergent
//   for %i = 0 to load(pages, workgroup_x) { barrier }    uniform: `pages` is `read` memory
//
// Uniform are: constants, workgroup ids, loads from `read` memories at uniform indices, what is
// computed from uniform values, and variables that are only ever set to uniform values in uniform
// control flow. Local ids, results of subgroup ops, and loads from read_write and workgroup memory
// are not. This is a part of what WGSL's own analysis accepts.
#pragma once

#include "ir/kernel/kernel.h"

namespace ir::kernel {

// The first barrier or subgroup op in control flow that is not uniform; nullptr when there is none.
const Instruction* find_divergent_barrier(const Kernel& kernel);

}  // namespace ir::kernel
