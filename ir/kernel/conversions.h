// SPDX-License-Identifier: Apache-2.0
// The interpreter's conversions between scalar types, and its packed formats.
#pragma once

#include "ir/kernel/bytecode.h"

namespace ir::kernel {

Action convert_action(Scalar from, Scalar to);

void unpack_halves(Frame& frame, const Code& code);  // u32 -> vec2<f32>
void unpack_bytes(Frame& frame, const Code& code);   // u32 -> vec4<u32>
void pack_halves(Frame& frame, const Code& code);    // vec2<f32> -> u32

}  // namespace ir::kernel
