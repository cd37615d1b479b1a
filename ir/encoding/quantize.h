// SPDX-License-Identifier: Apache-2.0
// Codes for groups of 32 values: the scale and the codes that give the least squared error among
// the scales tried (quantize_lanes.cpp). A scale, in the encoding's units, is 0 or a normal f16.
// Values beyond what f16 scales reach (2047) are clamped, and NaN is taken for 0: neither is
// accepted from a checkpoint.
//
//   QuantizedTile tile;
//   quantize(4, rows, row_length, tile);   // 32 values each of 16 rows -> 4-bit codes
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ir/encoding/encoding.h"

namespace ir {

// The 16 groups of a tile. Column c has its codes at codes[c * code_bits], plane by plane as
// code_planes.h says for a block of one group.
struct QuantizedTile {
  std::array<std::uint32_t, std::size_t{kTileColumns} * 8> codes;
  std::array<std::uint16_t, kTileColumns> scales;
};
// Of 32 values at each of groups, groups + stride, ...; code_bits: 3, 4 or 8.
void quantize(std::uint32_t code_bits, const float* groups, std::size_t stride,
              QuantizedTile& tile);

// One group alone, its codes one by one.
struct QuantizedGroup {
  std::uint16_t scale = 0;
  std::array<std::uint8_t, kCodeGroup> codes{};
};
QuantizedGroup quantize(std::uint32_t code_bits, std::span<const float, kCodeGroup> values);

}  // namespace ir
