// SPDX-License-Identifier: Apache-2.0
// prune-values: drops what a kernel computes and never uses.
//
//   before   %3 = constant u32 16    %4 = mul %2, %3    %5 = load x, %2    store y, %2, %5
//   after    %3 = load x, %2         store y, %2, %3
//
// Kernel forms may then write expressions freely. Stores, sets, barriers and control flow stay;
// loads are dropped too: WGSL loads have no effect.
#pragma once

#include "ir/kernel/program.h"

namespace passes {

void prune_values(ir::kernel::Program& program);

}  // namespace passes
