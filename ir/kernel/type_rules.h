// SPDX-License-Identifier: Apache-2.0
// The typing rule of every op: what its operands must be, and what comes out.
//
//   infer(kernel, Binary{BinaryKind::less, a, b})   with a: vec4<f32>, b: f32   ->  vec4<bool>
#pragma once

#include <optional>
#include <string>

#include "ir/kernel/kernel.h"
#include "ir/support/result.h"

namespace ir::kernel {

// The type of the op's result; nullopt for ops without one. All operands must be valid indices into
// `kernel`. Errors: kernel_invalid, without a place.
Result<std::optional<Type>> infer(const Kernel& kernel, const Op& op);

}  // namespace ir::kernel
