// SPDX-License-Identifier: Apache-2.0
// How likely tokens are beside each other, in integers (runtime/formats/draw_layout.h): additions
// of integers give the same in any order, so a processor and every GPU draw the same token.
//
//   const std::uint32_t behind = distance(largest - logit, distance_scale(0.7F));
//   weight(behind)   // 2^29 for the most likely token
//
// The only roundings of floats are the subtraction of logits and one multiplication.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/formats/draw_layout.h"

namespace runtime::host {

// The distance of two logits that differ by 1.
inline float distance_scale(float temperature) {
  constexpr double kLog2E = 1.4426950408889634;
  return static_cast<float>(kLog2E * (1U << formats::kDistanceFractionBits) / temperature);
}

// Of a token whose logit is `difference` >= 0 below the largest.
inline std::uint32_t distance(float difference, float scale) {
  return static_cast<std::uint32_t>(
      std::min(difference * scale, static_cast<float>(formats::kFarthest)));
}

// The distance from which on tokens have less than `share` of the largest probability.
inline std::uint32_t limit_of_share(float share) {
  if (!(share > 0)) return formats::kFarthest;
  const double halvings = -std::log2(std::min(static_cast<double>(share), 1.0));
  const double units = std::floor(halvings * (1U << formats::kDistanceFractionBits)) + 1;
  return static_cast<std::uint32_t>(std::min(units, static_cast<double>(formats::kFarthest)));
}

// The upper half of a product of two numbers of 32 bits.
inline std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
}

// 2^29 * 2^-distance, to the nearest integer; 0 for the farthest.
inline std::uint32_t weight(std::uint32_t distance) {
  if (distance >= formats::kFarthest) return 0;
  constexpr auto& kC = formats::kHalvingCoefficients;
  constexpr std::uint32_t kFraction = formats::kDistanceFractionBits;
  const std::uint32_t x = distance << (32 - kFraction);
  std::uint32_t sum = kC[5];
  for (int i = 4; i >= 0; --i) sum = kC[static_cast<std::size_t>(i)] - multiply_high(sum, x);
  const std::uint32_t halvings = distance >> kFraction;
  return (sum + ((1U << halvings) >> 1)) >> halvings;
}

// floor(total * random / 2^64): evenly one of the numbers below `total`.
inline std::uint64_t point_below(std::uint64_t total, std::uint64_t random) {
  const std::uint64_t t0 = total & 0xffff'ffffU;
  const std::uint64_t t1 = total >> 32;
  const std::uint64_t r0 = random & 0xffff'ffffU;
  const std::uint64_t r1 = random >> 32;
  const std::uint64_t middle =
      (t0 * r0 >> 32) + (t0 * r1 & 0xffff'ffffU) + (t1 * r0 & 0xffff'ffffU);
  return (middle >> 32) + (t0 * r1 >> 32) + (t1 * r0 >> 32) + t1 * r1;
}

// A share of 0 to 1 in units of 2^-32; at least one unit, so that something is wanted.
inline std::uint32_t share_units(float share) {
  const double units = std::max(static_cast<double>(share), 0.0) * 0x1p32;
  return static_cast<std::uint32_t>(std::clamp(units, 1.0, 0x1p32 - 1));
}

// ceil(total * share / 2^32), and at least 1: what a set must weigh to have that share.
inline std::uint64_t share_of(std::uint64_t total, std::uint32_t share) {
  const std::uint64_t low = (total & 0xffff'ffffU) * share;
  const std::uint64_t high = (total >> 32) * share;
  const std::uint64_t rounded_up = high + (low >> 32) + ((low & 0xffff'ffffU) != 0 ? 1 : 0);
  return std::max<std::uint64_t>(rounded_up, 1);
}

}  // namespace runtime::host
