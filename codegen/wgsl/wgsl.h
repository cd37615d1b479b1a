// SPDX-License-Identifier: Apache-2.0
// Prints a kernel as WGSL.
//
//   kernel scale workgroup(64, 1, 1) {        @group(0) @binding(0) var<storage, read> b0:
//   array<f32>;
//     read x: f32                             @group(0) @binding(1) var<storage, read_write> b1:
//     ... write y: f32                            @compute @workgroup_size(64, 1, 1) %0 = builtin
//     local_x               ->   fn main(@builtin(local_invocation_id) lid: vec3<u32>) { %1 = load
//     x, %0                           b1[lid.x] = b0[lid.x] * 2f; %2 = constant f32 2 } %3 = mul
//     %1, %2 store y, %0, %3
//   }
//
// The text depends on nothing but what the kernel computes: no name of the kernel, its memories or
// its origin occurs in it, so that equal kernels share one shader and one entry in a browser's
// cache.
#pragma once

#include <string>

#include "ir/kernel/kernel.h"

namespace codegen::wgsl {

// The kernel must be verified as `legal`. Storage memory i is binding i of group 0; the entry point
// is `main`. Kernels that need more of a GPU than all have begin with `enable f16;`, `enable
// subgroups;`.
std::string write_wgsl(const ir::kernel::Kernel& kernel);

}  // namespace codegen::wgsl
