// SPDX-License-Identifier: Apache-2.0
// Picks the quantiser for the machine, once.
#include "ir/encoding/quantize.h"

#include "ir/encoding/code_planes.h"
#include "ir/encoding/quantize_lanes.h"

namespace ir {
namespace {

Quantizer* best_quantizer() {
#if defined(WEBLLM_X86_LEVELS)
  if (__builtin_cpu_supports("x86-64-v4")) return quantize_v4;
  if (__builtin_cpu_supports("x86-64-v3")) return quantize_v3;
#endif
  return quantize_baseline;
}

}  // namespace

void quantize(std::uint32_t code_bits, const float* groups, std::size_t stride,
              QuantizedTile& tile) {
  static Quantizer* const quantizer = best_quantizer();
  quantizer(code_bits, groups, stride, tile);
}

QuantizedGroup quantize(std::uint32_t code_bits, std::span<const float, kCodeGroup> values) {
  QuantizedTile tile;
  quantize(code_bits, values.data(), 0, tile);
  QuantizedGroup group{.scale = tile.scales[0]};
  for (std::uint32_t i = 0; i < kCodeGroup; ++i)
    group.codes[i] = static_cast<std::uint8_t>(code_at(code_bits, tile.codes.data(), i));
  return group;
}

}  // namespace ir
