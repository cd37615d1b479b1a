// SPDX-License-Identifier: Apache-2.0
// How tokens are drawn on a GPU: the words that the host keeps there for each sequence, what comes
// back, and the constants of the arithmetic that both sides do alike (runtime/host/likelihood.h).
//
//   make_draw_layout(/*vocabulary=*/1000)     (offsets in u32 words, from the start of a sequence)
//
//      word 0          16            48               1048               2048
//      +---------------+-------------+----------------+------------------+
//      | DrawWord      | allowed     | counts         | biases           |   of one sequence;
//      | settings      | 1 bit each  | u32[tokens]    | f32[tokens]      |   the next one follows
//      +---------------+-------------+----------------+------------------+
//
// A count is twice how often a token is in the output, and 1 more if it is in prompt or output. The
// host writes all of it when a sequence begins, `allowed` whenever it changes; the kernels that
// draw count what they drew. A part whose flag is not set is never read.
#pragma once

#include <array>
#include <cstdint>

namespace runtime::formats {

enum class DrawWord : std::uint32_t {
  flags,               // DrawFlag
  scale,               // f32: distance of one unit of logit
  repetition,          // f32: the penalty,
  inverse_repetition,  // and its inverse
  frequency,           // f32
  presence,            // f32
  top_k,               // 0: off
  top_p,               // in units of 2^-32; 0: off
  limit,               // min_p: tokens at this distance or further are dropped
  prompt_tokens,       // so that the position of a row tells which output it gives; less what a
                       // sliding window has dropped, modulo 2^32
  seed_low,
  seed_high,
  choice,
  zero,  // 0; kernels change numbers with it so that no compiler sees through
};
inline constexpr std::uint32_t kDrawSettingsWords = 16;

enum DrawFlag : std::uint32_t {
  kDrawMostLikely = 1,  // temperature 0
  kDrawMasked = 2,      // `allowed` holds
  kDrawBiased = 4,
  kDrawPenalized = 8,
};

// Offsets are u32 words.
struct DrawLayout {
  std::uint32_t vocabulary = 0;
  std::uint32_t allowed = 0;  // u32[allowed_words]
  std::uint32_t allowed_words = 0;
  std::uint32_t counts = 0;
  std::uint32_t biases = 0;
  std::uint32_t sequence_words = 0;  // from one sequence to the next
};

constexpr DrawLayout make_draw_layout(std::uint32_t vocabulary) {
  const auto round_up = [](std::uint32_t words) { return (words + 3) / 4 * 4; };
  DrawLayout layout{.vocabulary = vocabulary, .allowed = kDrawSettingsWords};
  layout.allowed_words = (vocabulary + 31) / 32;
  layout.counts = layout.allowed + round_up(layout.allowed_words);
  layout.biases = layout.counts + round_up(vocabulary);
  layout.sequence_words = layout.biases + round_up(vocabulary);
  return layout;
}

// What comes back of an output with log probabilities: token, its f32 log probability, then pairs
// of the most likely tokens and theirs, the likeliest first.
inline constexpr std::uint32_t kMaxTopLogprobs = 20;
inline constexpr std::uint32_t kLogprobWords = 2 + 2 * kMaxTopLogprobs;

// Likelihoods are integers from the division by the temperature on. A token's distance is how far
// it lies behind the most likely one, in units of 2^-19 of a halving; kFarthest: too far to count.
// Its weight is 2^29 * 2^-distance, so that sums over 2^18 tokens stay below 2^47.
inline constexpr std::uint32_t kDistanceFractionBits = 19;
inline constexpr std::uint32_t kDistanceBits = 24;
inline constexpr std::uint32_t kFarthest = std::uint32_t{1} << kDistanceBits;
inline constexpr std::uint32_t kMaxDrawTokens = std::uint32_t{1} << 18;
// 2^29 * 2^-x = c0 - c1 x + c2 x^2 - ... for 0 <= x < 1, by interpolation at Chebyshev's points;
// the relative error is below 4.3e-7, and equal x = 0 and x = 1 meet.
inline constexpr std::array<std::uint32_t, 6> kHalvingCoefficients = {
    536870912, 372130432, 128964280, 29747244, 5016646, 538820};

}  // namespace runtime::formats
