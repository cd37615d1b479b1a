// SPDX-License-Identifier: Apache-2.0
// What a kernel asks of a GPU, seen from its types and ops.
//
//   %1 = unpack f16x2 %0     ->  {.f16 = true}
//   %2 = subgroup add %1     ->  {.subgroups = true}
#pragma once

#include "ir/kernel/kernel.h"
#include "ir/target.h"

namespace ir::kernel {

Target required_target(const Kernel& kernel);

}  // namespace ir::kernel
