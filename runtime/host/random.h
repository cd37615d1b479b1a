// SPDX-License-Identifier: Apache-2.0
// Random numbers without state: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", 2011) gives four words for each counter and key. So the numbers of one step of one
// choice of an answer are the same however the steps before it were computed.
//
//   uniform({.seed = 7, .choice = 0, .step = 12})   // in [0, 1), always the same
#pragma once

#include <array>
#include <cstdint>

namespace runtime::host {

inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xd251'1f53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xcd9e'8d57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9e37'79b9U;
    key[1] += 0xbb67'ae85U;
  }
  return counter;
}

// What a random number is for: numbers for different uses are independent.
enum class Draw : std::uint32_t { token = 0, exclusion = 1 };

struct DrawKey {
  std::uint64_t seed = 0;
  std::uint32_t choice = 0;
  std::uint64_t step = 0;
  Draw draw = Draw::token;
};

inline std::uint64_t random_bits(const DrawKey& key) {
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  const std::array<std::uint32_t, 4> words =
      philox({low(key.step), low(key.step >> 32), key.choice, static_cast<std::uint32_t>(key.draw)},
             {low(key.seed), low(key.seed >> 32)});
  return std::uint64_t{words[0]} << 32 | words[1];
}

// In [0, 1), with 53 random bits.
inline double uniform(const DrawKey& key) {
  return static_cast<double>(random_bits(key) >> 11) * 0x1p-53;
}

}  // namespace runtime::host
