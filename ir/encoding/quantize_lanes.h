// SPDX-License-Identifier: Apache-2.0
// The quantiser of a tile, compiled for several instruction sets; quantize of quantize.h picks one.
// All give the same bytes. NEON is part of the baseline where it exists.
#pragma once

#include "ir/encoding/quantize.h"

namespace ir {

using Quantizer = void(std::uint32_t code_bits, const float* groups, std::size_t stride,
                       QuantizedTile& tile);

Quantizer quantize_baseline;
#if defined(WEBLLM_X86_LEVELS)
Quantizer quantize_v3;  // x86-64-v3: AVX2
Quantizer quantize_v4;  // x86-64-v4: AVX-512
#endif

}  // namespace ir
