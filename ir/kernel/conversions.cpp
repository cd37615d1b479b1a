// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/conversions.h"

#include <limits>
#include <type_traits>

#include "ir/kernel/lanes.h"

namespace ir::kernel {
namespace {

// Conversions from floats saturate to what both types can express, as in WGSL; NaN becomes 0.
template <class T>
T saturated(float x) {
  constexpr float low = static_cast<float>(std::numeric_limits<T>::min());
  constexpr float high = std::is_signed_v<T> ? 2147483520.0f : 4294967040.0f;
  if (x != x) return 0;
  return static_cast<T>(x < low ? low : x > high ? high : x);
}

template <class To, class From>
void convert(Frame& frame, const Code& code) {
  using T = typename To::T;
  map1<T, typename From::T>(frame, code, [](typename From::T x) {
    if constexpr (std::is_integral_v<T> && std::is_floating_point_v<typename From::T>)
      return saturated<T>(x);
    else
      return To::rounded(static_cast<T>(x));
  });
}
template <class To>
void convert_bool(Frame& frame, const Code& code) {
  using T = typename To::T;
  map1<T, std::uint32_t>(frame, code, [](std::uint32_t x) { return x != 0 ? T{1} : T{0}; });
}
template <class To>
Action convert_from(Scalar from) {
  switch (from) {
    case Scalar::boolean:
      return convert_bool<To>;
    case Scalar::i32:
      return convert<To, I32>;
    case Scalar::u32:
      return convert<To, U32>;
    case Scalar::f32:
      return convert<To, F32>;
    case Scalar::f16:
      return convert<To, F16>;
  }
  return nullptr;
}

}  // namespace

Action convert_action(Scalar from, Scalar to) {
  switch (to) {
    case Scalar::i32:
      return convert_from<I32>(from);
    case Scalar::u32:
      return convert_from<U32>(from);
    case Scalar::f32:
      return convert_from<F32>(from);
    case Scalar::f16:
      return convert_from<F16>(from);
    case Scalar::boolean:
      break;
  }
  return nullptr;
}

void unpack_halves(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  const auto* a = frame.column<std::uint32_t>(code.a[0]);
  for (std::uint32_t k = 0; k < 2; ++k) {
    auto* __restrict result = frame.column<float>(code.result + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane)
      result[lane] = half_bits_to_float((a[lane] >> (16 * k)) & 0xffffU);
  }
}
void unpack_bytes(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  const auto* a = frame.column<std::uint32_t>(code.a[0]);
  for (std::uint32_t k = 0; k < 4; ++k) {
    auto* __restrict result = frame.column<std::uint32_t>(code.result + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) result[lane] = (a[lane] >> (8 * k)) & 0xffU;
  }
}
void pack_halves(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  const auto* low = frame.column<float>(code.a[0]);
  const auto* high = frame.column<float>(code.a[1]);
  auto* __restrict result = frame.column<std::uint32_t>(code.result);
  for (std::uint32_t lane = 0; lane < lanes; ++lane)
    result[lane] = float_to_half_bits(low[lane]) | float_to_half_bits(high[lane]) << 16;
}

}  // namespace ir::kernel
