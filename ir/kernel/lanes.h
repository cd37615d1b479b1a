// SPDX-License-Identifier: Apache-2.0
// Loops over the lanes of columns: what every op of the interpreter that only computes is made of.
//
//   map2<float, float>(frame, code, [](float a, float b) { return a + b; });
#pragma once

#include <cstdint>

#include "ir/kernel/bytecode.h"
#include "ir/kernel/half_rounding.h"

namespace ir::kernel {

// How a scalar type lies in a column, and what an operation's result must go through.
struct U32 {
  using T = std::uint32_t;
  static T rounded(T value) { return value; }
};
struct I32 {
  using T = std::int32_t;
  static T rounded(T value) { return value; }
};
struct F32 {
  using T = float;
  static T rounded(T value) { return value; }
};
struct F16 {
  using T = float;
  static T rounded(T value) { return round_to_half(value); }
};

// A bool in a column.
constexpr std::uint32_t truth(bool value) { return value ? 0xffffffffU : 0U; }

// result[lane] = function(a[lane]), and so on, for every component and every lane.
template <class To, class From, class Function>
void map1(Frame& frame, const Code& code, Function function) {
  const std::uint32_t lanes = frame.lanes;  // a copy: stores to columns cannot change it
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const From* a = frame.column<From>(code.a[k]);
    To* __restrict result = frame.column<To>(code.result + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) result[lane] = function(a[lane]);
  }
}
template <class To, class From, class Function>
void map2(Frame& frame, const Code& code, Function function) {
  const std::uint32_t lanes = frame.lanes;
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const From* a = frame.column<From>(code.a[k]);
    const From* b = frame.column<From>(code.b[k]);
    To* __restrict result = frame.column<To>(code.result + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) result[lane] = function(a[lane], b[lane]);
  }
}

}  // namespace ir::kernel
