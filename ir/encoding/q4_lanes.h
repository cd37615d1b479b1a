// SPDX-License-Identifier: Apache-2.0
// The quantiser of a q4 tile, compiled for several instruction sets; quantize_q4 of encoding.h
// picks one. All give the same bytes. NEON is part of the baseline where it exists.
#pragma once

#include "ir/encoding/encoding.h"

namespace ir {

void quantize_q4_baseline(const float* groups, std::size_t stride, Q4Tile& tile);
#if defined(WEBLLM_X86_LEVELS)
void quantize_q4_v3(const float* groups, std::size_t stride, Q4Tile& tile);  // x86-64-v3: AVX2
void quantize_q4_v4(const float* groups, std::size_t stride, Q4Tile& tile);  // x86-64-v4: AVX-512
#endif

}  // namespace ir
