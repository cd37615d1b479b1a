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

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "ir/encoding/code_planes.h"
#include "ir/encoding/lanes.h"

#ifndef WEBLLM_QUANTIZE
#define WEBLLM_QUANTIZE quantize_baseline
#endif

namespace ir {
namespace {

using namespace lanes;

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

using Values = std::array<Floats, 32>;  // of kWidth groups
using Grid = std::array<Shorts, 16>;    // values 2i and 2i + 1 of each group

WEBLLM_INLINE void load(const float* groups, std::size_t stride, Values& values) {
  for (std::size_t begin = 0; begin < values.size(); begin += kWidth) {
    std::array<Floats, kWidth> block;
    for (std::size_t lane = 0; lane < kWidth; ++lane)
      std::memcpy(&block[lane], groups + lane * stride + begin, sizeof block[lane]);
    transpose(block);
    for (std::size_t i = 0; i < kWidth; ++i) values[begin + i] = block[i];
  }
}

// The bits of each group's largest magnitude: compared as integers, which takes one step where
// floats take several. Those of what is not a number are above all others.
WEBLLM_INLINE Ints largest_bits(const Values& values) {
  Ints bits{};
  for (const Floats& value : values) bits = greatest(bits, bits_as<Ints>(magnitudes(value)));
  return bits;
}
// What is not a number becomes 0.
WEBLLM_INLINE Ints clean(Values& values) {
  constexpr std::int32_t kInfinity = 0x7f800000;
  const Ints bits = largest_bits(values);
  if (!any(bits > kInfinity)) [[likely]]
    return bits;
  for (Floats& value : values) value = value == value ? value : Floats{};
  return largest_bits(values);
}

template <const Codes& kCodes>
WEBLLM_INLINE Shorts codes_of(const Shorts& values, const Shorts& reciprocals) {
  constexpr int kLeftBits = kCodes.reciprocal_bits() - 15;
  constexpr std::int16_t kHalf = 1 << (kLeftBits - 1);
  constexpr std::int16_t kLowest = kCodes.lowest(), kHighest = kCodes.highest();
  const Shorts codes = (multiply_high(values, reciprocals) + kHalf) >> kLeftBits;
  return greatest(least(codes, Shorts{} + kHighest), Shorts{} + kLowest);
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
    lowest = least(lowest, least(first, second));
    highest = greatest(highest, greatest(first, second));
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
  const Floats magnitude =
      least(greatest(magnitudes(scales), Floats{} + kSmallestNormalHalf), Floats{} + kLargestHalf);
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

// Puts the codes and scales of kWidth groups into the tile.
template <std::size_t kBits>
WEBLLM_INLINE void store(const std::array<Ints, kBits>& packed, const Ints& scales,
                         std::size_t lane, QuantizedTile& tile) {
  std::array<Ints, std::bit_ceil(kBits)> columns{};
  for (std::size_t i = 0; i < kBits; ++i) columns[i] = packed[i];
  transpose(columns);
  const auto* column = reinterpret_cast<const std::int32_t*>(columns.data());
  for (std::size_t i = 0; i < kWidth; ++i, column += columns.size())
    std::memcpy(&tile.codes[(lane + i) * kBits], column, kBits * sizeof *column);
  const Halves halves = __builtin_convertvector(scales, Halves);
  std::memcpy(&tile.scales[lane], &halves, sizeof halves);
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
  const Floats largest = least(bits_as<Floats>(clean(values)), Floats{} + kLargestValue);
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
  const auto choose = [&](std::uint32_t i) __attribute__((always_inline)) {
    const Shorts codes = codes_of<kCodes>(grid[i], reciprocals);
    nonzero |= bits_as<Ints>(codes);
    pack<kCodes.bits>(codes, i, packed);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (choose(I), ...);
  }(std::make_index_sequence<std::tuple_size_v<Grid>>());
  store(packed, scales & (nonzero != 0), lane, tile);
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
