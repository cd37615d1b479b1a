// SPDX-License-Identifier: Apache-2.0
// f16 arithmetic in registers of f32: an operation in f32, rounded to f16 once. For + - * / and
// sqrt this is exactly f16 arithmetic, because 24 bits >= 2 * 11 + 2 (Figueroa, "When is double
// rounding innocuous?", 1995).
#pragma once

#include <bit>
#include <cstdint>

namespace ir::kernel {

inline float round_to_half(float value) { return static_cast<float>(static_cast<_Float16>(value)); }

// f16 bits to f32 in arithmetic that vectorises: shift the exponent into place, then multiply by
// 2^112 to correct its bias; subnormals come out right by themselves.
inline float half_bits_to_float(std::uint32_t half) {
  const std::uint32_t magnitude = (half & 0x7fffU) << 13;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
  bits |= (half & 0x7c00U) == 0x7c00U ? 0x7f800000U : 0U;  // infinity and NaN
  return std::bit_cast<float>(bits | (half & 0x8000U) << 16);
}

inline std::uint32_t float_to_half_bits(float value) {
  return std::bit_cast<std::uint16_t>(static_cast<_Float16>(value));
}

}  // namespace ir::kernel
