// SPDX-License-Identifier: Apache-2.0
// Picks the quantiser for the machine, once.
#include "ir/encoding/q4_lanes.h"

namespace ir {
namespace {

using Quantizer = void (*)(const float*, std::size_t, Q4Tile&);

Quantizer best_quantizer() {
#if defined(WEBLLM_X86_LEVELS)
  if (__builtin_cpu_supports("x86-64-v4")) return quantize_q4_v4;
  if (__builtin_cpu_supports("x86-64-v3")) return quantize_q4_v3;
#endif
  return quantize_q4_baseline;
}

}  // namespace

void quantize_q4(const float* groups, std::size_t stride, Q4Tile& tile) {
  static const Quantizer quantizer = best_quantizer();
  quantizer(groups, stride, tile);
}

Q4Group quantize_q4(std::span<const float, 32> values) {
  Q4Tile tile;
  quantize_q4(values.data(), 0, tile);
  Q4Group group{.scale = tile.scales[0]};
  for (std::size_t i = 0; i < group.codes.size(); ++i)
    group.codes[i] = static_cast<std::uint8_t>(tile.words[0][i / 8] >> q4_shift(i) & 0xfU);
  return group;
}

}  // namespace ir
