// SPDX-License-Identifier: Apache-2.0
// f16 and bf16 as stored bits. Rounding is to nearest, ties to even; overflow gives infinity.
#pragma once

#include <bit>
#include <cstdint>

namespace ir {

// By integer steps, which compilers turn into vector instructions on every machine.
inline float f16_to_f32(std::uint16_t bits) {
  constexpr float kExponentGap = 0x1p112f;  // exact, also for subnormals
  const std::uint32_t magnitude = (bits & 0x7fffU) << 13, sign = (bits & 0x8000U) << 16;
  const std::uint32_t finite =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * kExponentGap);
  const std::uint32_t special = magnitude | 0x7f800000U;  // infinity and NaN
  return std::bit_cast<float>(sign | ((bits & 0x7c00U) == 0x7c00U ? special : finite));
}
inline std::uint16_t f32_to_f16(float value) {
  return std::bit_cast<std::uint16_t>(static_cast<_Float16>(value));
}
inline float bf16_to_f32(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
inline std::uint16_t f32_to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace ir
