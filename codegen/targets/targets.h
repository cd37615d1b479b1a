// SPDX-License-Identifier: Apache-2.0
// The target profiles that kernels are written for, each beside the plain one that every WebGPU
// device runs. A new one: a row, and what it says of a GPU in ir/target.h.
#pragma once

#include <array>

#include "ir/target.h"

namespace codegen::targets {

// The best first: of the variants that a device can run, the first is taken.
inline constexpr std::array kTargets = {
    ir::Target{.f16 = true, .subgroups = true},
    ir::Target{.f16 = true},
    ir::Target{.subgroups = true},
};

}  // namespace codegen::targets
