// SPDX-License-Identifier: Apache-2.0
// Vectors of the instruction set that a file is compiled for, and what quantize_lanes.cpp does with
// them. Everything is inlined: no function that others link may be compiled for an instruction set
// that the machine may lack.
//
//   Ints lanes = least(a, b) + 1;      // of each lane
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define WEBLLM_INLINE [[gnu::always_inline]] static inline

namespace ir::lanes {

#if defined(__AVX512BW__)
constexpr std::size_t kWidth = 16;
#elif defined(__AVX2__)
constexpr std::size_t kWidth = 8;
#else
constexpr std::size_t kWidth = 4;
#endif

// Vectors of the compiler (GCC's and Clang's extension): operators work on each lane, comparisons
// give masks of all ones or zeros, and ?: selects by them.
using Ints [[gnu::vector_size(4 * kWidth)]] = std::int32_t;
using Floats [[gnu::vector_size(4 * kWidth)]] = float;
using Shorts [[gnu::vector_size(4 * kWidth)]] = std::int16_t;  // two for each lane of Ints
using Halves [[gnu::vector_size(2 * kWidth)]] = std::uint16_t;

template <class To, class From>
WEBLLM_INLINE To bits_as(const From& from) {
  return std::bit_cast<To>(from);
}
WEBLLM_INLINE Floats to_floats(const Ints& values) {
  return __builtin_convertvector(values, Floats);
}
// To the nearest integer, ties to even; of magnitudes below 2^22: the sum has no bits below 1.
WEBLLM_INLINE Ints round(const Floats& values) {
  constexpr float kNoFraction = 0x3p22F;
  return bits_as<Ints>(values + kNoFraction) - std::bit_cast<std::int32_t>(kNoFraction);
}
// The same short twice in each lane, and one after the other. The values fit 16 bits.
WEBLLM_INLINE Shorts twice(const Ints& values) {
  return bits_as<Shorts>((values & 0xffff) | (values << 16));
}
WEBLLM_INLINE Shorts interleave(const Ints& first, const Ints& second) {
  return bits_as<Shorts>((first & 0xffff) | (second << 16));
}
WEBLLM_INLINE Ints first_of(const Shorts& pairs) { return (bits_as<Ints>(pairs) << 16) >> 16; }
WEBLLM_INLINE Ints second_of(const Shorts& pairs) { return bits_as<Ints>(pairs) >> 16; }

WEBLLM_INLINE Floats power_of_two(const Ints& exponents) {  // each -126 ... 127
  return bits_as<Floats>((exponents + 127) << 23);
}
WEBLLM_INLINE Floats magnitudes(const Floats& values) {
  return bits_as<Floats>(bits_as<Ints>(values) & 0x7fffffff);
}

// Of each lane the lesser and the greater; b where a or b is not a number.
WEBLLM_INLINE Ints least(const Ints& a, const Ints& b) { return a < b ? a : b; }
WEBLLM_INLINE Ints greatest(const Ints& a, const Ints& b) { return a > b ? a : b; }

// For what follows the compilers lack an operator, or do not see that it is one instruction.
// multiply_high: (a * b + 2^14) >> 15 of each short. dot: the sum of both products of each lane.
// any: whether a mask has a bit.
#if defined(__AVX512BW__)

WEBLLM_INLINE Shorts multiply_high(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm512_mulhrs_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
}
WEBLLM_INLINE Ints dot(const Shorts& a, const Shorts& b) {
  return bits_as<Ints>(_mm512_madd_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
}
WEBLLM_INLINE Shorts least(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm512_min_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
}
WEBLLM_INLINE Shorts greatest(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm512_max_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
}
constexpr __mmask16 kAllLanes = 0xffff;  // without a mask g++ 12 warns of its own header
WEBLLM_INLINE Floats least(const Floats& a, const Floats& b) {
  return bits_as<Floats>(_mm512_maskz_min_ps(kAllLanes, bits_as<__m512>(a), bits_as<__m512>(b)));
}
WEBLLM_INLINE Floats greatest(const Floats& a, const Floats& b) {
  return bits_as<Floats>(_mm512_maskz_max_ps(kAllLanes, bits_as<__m512>(a), bits_as<__m512>(b)));
}
WEBLLM_INLINE bool any(const Ints& mask) {
  return _mm512_test_epi32_mask(bits_as<__m512i>(mask), bits_as<__m512i>(mask)) != 0;
}

#elif defined(__AVX2__)

WEBLLM_INLINE Shorts multiply_high(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm256_mulhrs_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
}
WEBLLM_INLINE Ints dot(const Shorts& a, const Shorts& b) {
  return bits_as<Ints>(_mm256_madd_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
}
WEBLLM_INLINE Shorts least(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm256_min_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
}
WEBLLM_INLINE Shorts greatest(const Shorts& a, const Shorts& b) {
  return bits_as<Shorts>(_mm256_max_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
}
WEBLLM_INLINE Floats least(const Floats& a, const Floats& b) {
  return bits_as<Floats>(_mm256_min_ps(bits_as<__m256>(a), bits_as<__m256>(b)));
}
WEBLLM_INLINE Floats greatest(const Floats& a, const Floats& b) {
  return bits_as<Floats>(_mm256_max_ps(bits_as<__m256>(a), bits_as<__m256>(b)));
}
WEBLLM_INLINE bool any(const Ints& mask) {
  return _mm256_movemask_epi8(bits_as<__m256i>(mask)) != 0;
}

#else

WEBLLM_INLINE Shorts least(const Shorts& a, const Shorts& b) { return a < b ? a : b; }
WEBLLM_INLINE Shorts greatest(const Shorts& a, const Shorts& b) { return a > b ? a : b; }
WEBLLM_INLINE Floats least(const Floats& a, const Floats& b) { return a < b ? a : b; }
WEBLLM_INLINE Floats greatest(const Floats& a, const Floats& b) { return a > b ? a : b; }
WEBLLM_INLINE bool any(const Ints& mask) {
  std::int32_t bits = 0;
  for (std::size_t i = 0; i < kWidth; ++i) bits |= mask[i];
  return bits != 0;
}
#if defined(__SSE2__)
// From both halves of the products.
WEBLLM_INLINE Shorts multiply_high(const Shorts& a, const Shorts& b) {
  using Unsigned [[gnu::vector_size(4 * kWidth)]] = std::uint16_t;
  const auto low = bits_as<Unsigned>(_mm_mullo_epi16(bits_as<__m128i>(a), bits_as<__m128i>(b)));
  const auto high = bits_as<Unsigned>(_mm_mulhi_epi16(bits_as<__m128i>(a), bits_as<__m128i>(b)));
  return bits_as<Shorts>(((high << 1) | (low >> 15)) + ((low >> 14) & 1));
}
WEBLLM_INLINE Ints dot(const Shorts& a, const Shorts& b) {
  return bits_as<Ints>(_mm_madd_epi16(bits_as<__m128i>(a), bits_as<__m128i>(b)));
}
#else
WEBLLM_INLINE Shorts multiply_high(const Shorts& a, const Shorts& b) {
  const auto high = [](const Ints& x, const Ints& y) { return (x * y + 0x4000) >> 15; };
  return interleave(high(first_of(a), first_of(b)), high(second_of(a), second_of(b)));
}
WEBLLM_INLINE Ints dot(const Shorts& a, const Shorts& b) {
  return first_of(a) * first_of(b) + second_of(a) * second_of(b);
}
#endif

#endif

// What is not a number becomes limit.
WEBLLM_INLINE Floats clamp(const Floats& values, float limit) {
  return greatest(least(values, Floats{} + limit), Floats{} - limit);
}

// a0 b0 a1 b1 ... of the lower halves, or of the upper halves.
template <class Vector, std::size_t... I>
WEBLLM_INLINE void interleave(Vector& a, Vector& b, std::index_sequence<I...>) {
  const Vector low = __builtin_shufflevector(a, b, (I / 2 + I % 2 * kWidth)...);
  b = __builtin_shufflevector(a, b, (kWidth / 2 + I / 2 + I % 2 * kWidth)...);
  a = low;
}

// Turns a matrix of kRows vectors around: lane 0 of each vector, lane 1 of each ... kRows is a
// power of two; each round interleaves the first half of the vectors with the second.
template <class Vector, std::size_t kRows>
WEBLLM_INLINE void transpose(std::array<Vector, kRows>& vectors) {
  for (std::size_t round = 1; round < kRows; round *= 2) {
    std::array<Vector, kRows> next;
    for (std::size_t i = 0; i < kRows / 2; ++i) {
      Vector low = vectors[i], high = vectors[i + kRows / 2];
      interleave(low, high, std::make_index_sequence<kWidth>());
      next[2 * i] = low;
      next[2 * i + 1] = high;
    }
    vectors = next;
  }
}

}  // namespace ir::lanes
