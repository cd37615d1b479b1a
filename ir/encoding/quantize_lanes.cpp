// SPDX-License-Identifier: Apache-2.0
// The choice of scale and codes for one group of 32 values.
//
// A group's value of largest magnitude, `extreme`, is mapped to each of a few (real) codes in turn,
// which gives the candidate scales extreme / code: at the lowest code (-8 of 4 bits) the whole
// range is used; a little outside it the extreme is clipped for the sake of the others; a positive
// code turns the range around, which suits groups whose other end is nearly as long. For each
// candidate the values are rounded to codes c, for which the least-squares scale is sum(v c) /
// sum(c c), lowering the squared error by sum(v c)^2 / sum(c c). The candidate that lowers it most
// wins; its scale is rounded to f16 and the codes are rounded once more, to that very scale.
//
// On Gaussian values the squared error is 0.71 of what 4-bit codes 0..14 with scale max/7 give;
// trying 160 candidates would give 0.70. Of 3-bit codes, where clipping matters more, it is 0.52;
// of 8-bit codes, where nothing needs to be clipped and candidates only round differently, 0.80.
//
// Sixteen groups are done at once, and of each two neighbouring values, in vectors of 32 small
// integers. Codes are chosen in integer arithmetic on a grid on which the extreme lies between 2^14
// and 2^15; the few floating-point operations are rounded one by one (this file is compiled without
// fused multiply-add), so that the result is the same on every machine.
//
// The file is compiled once for each instruction set of quantize_lanes.h, under the name that
// WEBLLM_QUANTIZE gives; it calls nothing, so that no function that others link is compiled for
// an instruction set that the machine may lack.
#include "ir/encoding/quantize_lanes.h"

#include <bit>
#include <cstring>
#include <utility>

#include "ir/encoding/code_planes.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef WEBLLM_QUANTIZE
#define WEBLLM_QUANTIZE quantize_baseline
#endif
#define WEBLLM_INLINE [[gnu::always_inline]] static inline

namespace ir {
namespace {

// Codes of a length, as they are while they are chosen: around 0.
struct Codes {
  int bits;
  std::array<float, 5> extremes;  // the candidates' codes for the extreme

  constexpr int lowest() const { return -(1 << (bits - 1)); }
  constexpr int highest() const { return (1 << (bits - 1)) - 1; }
  // Of the fixed-point 1 / scale, which stays below 2^15.
  constexpr int reciprocal_bits() const { return 29 - bits; }
  constexpr float reciprocal_unit() const { return static_cast<float>(1 << reciprocal_bits()); }
};
// Templates take them by reference: a value would become a symbol that the three compilations of
// this file share, of which a linker keeps one.
constexpr Codes kCodes3 = {3, {-4.3F, -4.8F, -3.8F, -3.3F, -5.2F}};
constexpr Codes kCodes4 = {4, {-8.0F, -8.6F, -7.4F, -9.2F, 7.0F}};
constexpr Codes kCodes8 = {8, {-128.0F, 126.0F, -125.0F, 127.0F, 123.0F}};

constexpr float kLargestHalf = 65504;
constexpr float kSmallestNormalHalf = 0x1p-14F;
constexpr int kGridBits = 14;  // 2^14 <= |extreme| < 2^15
constexpr float kLargestShort = 0x7fff;

// Lanes of the machine's vectors; a tile takes several rounds where they are fewer than its groups.
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
using Grid = std::array<Shorts, 16>;                           // values 2i and 2i + 1 of each group

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
// What is not a number becomes -limit.
WEBLLM_INLINE Floats clamp(const Floats& values, float limit) {
  const Floats high = values < limit ? values : Floats{} + limit;
  return high > -limit ? high : Floats{} - limit;
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

// (a * b + 2^14) >> 15 of each short.
WEBLLM_INLINE Shorts multiply_high(const Shorts& a, const Shorts& b) {
#if defined(__AVX512BW__)
  return bits_as<Shorts>(_mm512_mulhrs_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
#elif defined(__AVX2__)
  return bits_as<Shorts>(_mm256_mulhrs_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
#elif defined(__SSSE3__)
  return bits_as<Shorts>(_mm_mulhrs_epi16(bits_as<__m128i>(a), bits_as<__m128i>(b)));
#else
  const auto high = [](const Ints& x, const Ints& y) { return (x * y + 0x4000) >> 15; };
  return interleave(high(first_of(a), first_of(b)), high(second_of(a), second_of(b)));
#endif
}

// The sum of both products of each lane.
WEBLLM_INLINE Ints dot(const Shorts& a, const Shorts& b) {
#if defined(__AVX512BW__)
  return bits_as<Ints>(_mm512_madd_epi16(bits_as<__m512i>(a), bits_as<__m512i>(b)));
#elif defined(__AVX2__)
  return bits_as<Ints>(_mm256_madd_epi16(bits_as<__m256i>(a), bits_as<__m256i>(b)));
#elif defined(__SSE2__)
  return bits_as<Ints>(_mm_madd_epi16(bits_as<__m128i>(a), bits_as<__m128i>(b)));
#else
  return first_of(a) * first_of(b) + second_of(a) * second_of(b);
#endif
}

WEBLLM_INLINE Floats power_of_two(const Ints& exponents) {  // each -126 ... 127
  return bits_as<Floats>((exponents + 127) << 23);
}
WEBLLM_INLINE Floats magnitudes(const Floats& values) {
  return bits_as<Floats>(bits_as<Ints>(values) & 0x7fffffff);
}

// a0 b0 a1 b1 ... of the lower halves, or of the upper halves.
template <std::size_t... I>
WEBLLM_INLINE void interleave(Floats& a, Floats& b, std::index_sequence<I...>) {
  const Floats low = __builtin_shufflevector(a, b, (I / 2 + I % 2 * kWidth)...);
  b = __builtin_shufflevector(a, b, (kWidth / 2 + I / 2 + I % 2 * kWidth)...);
  a = low;
}

// Turns kWidth groups of kWidth values into kWidth values of kWidth groups: each round interleaves
// the first half of the vectors with the second.
WEBLLM_INLINE void transpose(std::array<Floats, kWidth>& vectors) {
  for (std::size_t round = 1; round < kWidth; round *= 2) {
    std::array<Floats, kWidth> next;
    for (std::size_t i = 0; i < kWidth / 2; ++i) {
      Floats low = vectors[i], high = vectors[i + kWidth / 2];
      interleave(low, high, std::make_index_sequence<kWidth>());
      next[2 * i] = low;
      next[2 * i + 1] = high;
    }
    vectors = next;
  }
}

using Values = std::array<Floats, 32>;  // of kWidth groups

// What is not a number becomes 0.
WEBLLM_INLINE void load(const float* groups, std::size_t stride, Values& values) {
  for (std::size_t begin = 0; begin < values.size(); begin += kWidth) {
    std::array<Floats, kWidth> block;
    for (std::size_t lane = 0; lane < kWidth; ++lane)
      std::memcpy(&block[lane], groups + lane * stride + begin, sizeof block[lane]);
    transpose(block);
    for (std::size_t i = 0; i < kWidth; ++i)
      values[begin + i] = block[i] == block[i] ? block[i] : Floats{};
  }
}

template <const Codes& kCodes>
WEBLLM_INLINE Shorts codes_of(const Shorts& values, const Shorts& reciprocals) {
  constexpr int kLeftBits = kCodes.reciprocal_bits() - 15;
  constexpr std::int16_t kHalf = 1 << (kLeftBits - 1);
  constexpr std::int16_t kLowest = kCodes.lowest(), kHighest = kCodes.highest();
  Shorts codes = (multiply_high(values, reciprocals) + kHalf) >> kLeftBits;
  codes = codes < kHighest ? codes : Shorts{} + kHighest;
  return codes > kLowest ? codes : Shorts{} + kLowest;
}

// Normal f16 as bits, from f32 in their range (round to nearest, ties to even), and back.
WEBLLM_INLINE Ints normal_halves(const Floats& values) {
  const Ints bits = bits_as<Ints>(values), magnitude = bits & 0x7fffffff;
  const Ints rounded = (magnitude + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  return ((bits >> 16) & 0x8000) | (rounded - (112 << 10));
}
WEBLLM_INLINE Floats from_normal_halves(const Ints& halves) {
  return bits_as<Floats>(((halves & 0x8000) << 16) | (((halves & 0x7fff) << 13) + (112 << 23)));
}

WEBLLM_INLINE Ints snap(const Floats& values, const Floats& unit) {
  return round(clamp(values * unit, kLargestShort));
}

// Brings the values onto the grid and returns each group's value of largest magnitude there; 2^14
// for groups of zeros, so that nothing is divided by 0.
WEBLLM_INLINE Ints to_grid(const Values& values, const Ints& shifts, Grid& grid) {
  const Floats unit = power_of_two(shifts);
  Ints lowest{}, highest{};
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const Ints first = snap(values[2 * i], unit), second = snap(values[2 * i + 1], unit);
    const Ints low = first < second ? first : second, high = first < second ? second : first;
    lowest = lowest < low ? lowest : low;
    highest = highest > high ? highest : high;
    grid[i] = interleave(first, second);
  }
  const Ints extremes = highest >= -lowest ? highest : lowest;
  return extremes == 0 ? Ints{} + (1 << kGridBits) : extremes;
}

// The least-squares scale of each group's best candidate.
template <const Codes& kCodes>
WEBLLM_INLINE Floats best_scales(const Grid& grid, const Ints& extremes) {
  Floats best_value_code{}, best_code_code = Floats{} + 1.0F;
  for (const float extreme_code : kCodes.extremes) {
    const Shorts reciprocals =
        twice(round(kCodes.reciprocal_unit() * extreme_code / to_floats(extremes)));
    Ints value_code{}, code_code{};  // sum(v c), sum(c c)
    for (const Shorts& values : grid) {
      const Shorts codes = codes_of<kCodes>(values, reciprocals);
      value_code += dot(values, codes);
      code_code += dot(codes, codes);
    }
    const Floats vc = to_floats(value_code), cc = to_floats(code_code);
    const auto better = vc * vc * best_code_code > best_value_code * best_value_code * cc;
    best_value_code = better ? vc : best_value_code;
    best_code_code = better ? cc : best_code_code;
  }
  return best_value_code / best_code_code;
}

// As f16 bits, neither infinite nor subnormal.
WEBLLM_INLINE Ints to_halves(const Floats& scales) {
  Floats magnitude = magnitudes(scales);
  magnitude = magnitude > kSmallestNormalHalf ? magnitude : Floats{} + kSmallestNormalHalf;
  magnitude = magnitude < kLargestHalf ? magnitude : Floats{} + kLargestHalf;
  return normal_halves(scales < 0.0F ? -magnitude : magnitude);
}

// 1 / scale of what was rounded to f16, on the grid.
template <const Codes& kCodes>
WEBLLM_INLINE Shorts reciprocals_of(const Ints& halves, const Floats& units) {
  return twice(
      round(clamp(kCodes.reciprocal_unit() * units / from_normal_halves(halves), kLargestShort)));
}

// Adds codes 2 * i and 2 * i + 1 to the u32 of their group.
template <int kBits>
WEBLLM_INLINE void pack(const Shorts& codes, std::uint32_t i, std::array<Ints, kBits>& packed) {
  constexpr std::int16_t kZeroPoint = 1 << (kBits - 1);
  const Ints apart = bits_as<Ints>(codes + kZeroPoint);
  const Ints pair = (apart | (apart >> 8)) & 0xffff;  // in neighbouring bytes
  for_each_plane(kBits, [&](const CodePlane& plane) __attribute__((always_inline)) {
    const bool is_whole = plane.bits == kBits;
    const Ints bits =
        is_whole ? pair : (pair >> plane.first) & static_cast<std::int32_t>(plane.mask());
    packed[plane.first + plane.u32_of(2 * i)] |= bits << plane.shift_of(2 * i);
  });
}

// The tile's groups from `lane` on.
template <const Codes& kCodes>
WEBLLM_INLINE void quantize_lanes(const float* groups, std::size_t stride, std::size_t lane,
                                  QuantizedTile& tile) {
  // Values beyond the largest cannot be stored; those below the smallest are nearest to 0 in the
  // smallest scale.
  constexpr float kUnit = 1.0F / (1 << (kCodes.bits + 4));
  constexpr float kLargestValue = kLargestHalf * kUnit * -kCodes.lowest();
  constexpr float kSmallestValue = kSmallestNormalHalf * kUnit / 2;
  Values values;
  load(groups + lane * stride, stride, values);
  Ints bits{};  // compared as integers, which takes one step where floats take several
  for (const Floats& value : values) {
    const Ints magnitude = bits_as<Ints>(magnitudes(value));
    bits = bits > magnitude ? bits : magnitude;
  }
  Floats largest = bits_as<Floats>(bits);
  largest = largest < kLargestValue ? largest : Floats{} + kLargestValue;
  const auto is_zero = largest < kSmallestValue;
  const Ints exponents = (bits_as<Ints>(largest) >> 23) - 127;
  const Ints shifts = is_zero ? Ints{} : kGridBits - exponents;

  Grid grid;
  const Ints extremes = to_grid(values, shifts, grid);
  const Floats units = power_of_two(-shifts) * (1 / kUnit);
  const Ints scales = to_halves(best_scales<kCodes>(grid, extremes) * units);
  const Shorts reciprocals =
      reciprocals_of<kCodes>(scales, units) & ~bits_as<Shorts>(is_zero);  // zeros become zeros

  Ints nonzero{};
  std::array<Ints, kCodes.bits> packed{};
  for (std::uint32_t i = 0; i < grid.size(); ++i) {
    const Shorts codes = codes_of<kCodes>(grid[i], reciprocals);
    nonzero |= bits_as<Ints>(codes);
    pack<kCodes.bits>(codes, i, packed);
  }
  for (std::size_t u = 0; u < packed.size(); ++u)
    for (std::size_t i = 0; i < kWidth; ++i)
      tile.codes[(lane + i) * packed.size() + u] = static_cast<std::uint32_t>(packed[u][i]);
  for (std::size_t i = 0; i < kWidth; ++i)
    tile.scales[lane + i] = static_cast<std::uint16_t>(nonzero[i] == 0 ? 0 : scales[i]);
}

template <const Codes& kCodes>
void quantize_tile(const float* groups, std::size_t stride, QuantizedTile& tile) {
  for (std::size_t lane = 0; lane < kTileColumns; lane += kWidth)
    quantize_lanes<kCodes>(groups, stride, lane, tile);
}

}  // namespace

void WEBLLM_QUANTIZE(std::uint32_t code_bits, const float* groups, std::size_t stride,
                     QuantizedTile& tile) {
  if (code_bits == 3) return quantize_tile<kCodes3>(groups, stride, tile);
  if (code_bits == 4) return quantize_tile<kCodes4>(groups, stride, tile);
  if (code_bits == 8) return quantize_tile<kCodes8>(groups, stride, tile);
  __builtin_trap();
}

}  // namespace ir
