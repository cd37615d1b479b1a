// SPDX-License-Identifier: Apache-2.0
// What every op that only computes gives: one row per op and type. The interpreter must give
// exactly this, and the WGSL text of each row must too, on a GPU.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

// Four lanes with these values in sight: f, g: f32; u, v: u32; i, j: i32; h: f16 (where it is
// asked for); c: bool; l: lane.
constexpr std::string_view kPrologue = R"(kernel row workgroup(4, 1, 1) {
  read floats: f32
  read words: u32
  write out: TYPE
  %l = builtin local_index
  %four = constant u32 4
  %l4 = add %l, %four
  %f = load floats, %l
  %g = load floats, %l4
  %u = load words, %l
  %v = load words, %l4
  %i = bitcast %u to i32
  %j = bitcast %v to i32
  %c = less %f, %g
)";
inline const std::vector<float> kFloats = {1.5f, -2.25f, 0.0f, 100.0f, 2.0f, 0.5f, -3.0f, 7.0f};
inline const std::vector<std::uint32_t> kWords = {7, 0xfffffffe, 0, 0x80000000, 3, 5, 2, 31};

struct ArithmeticRow {
  std::string_view ops;          // define %r
  std::string_view type;         // of %r, as it is stored
  std::vector<double> expected;  // components of lane 0, of lane 1, ...
  // Conversions and divisions that WGSL leaves open.
  bool portable = true;
};

// A kernel of one workgroup: binding 0 holds kFloats, 1 kWords, 2 takes four values of the type.
inline std::string kernel_text(const ArithmeticRow& row) {
  std::string text(kPrologue);
  text.replace(text.find("TYPE"), 4, row.type);
  if (row.ops.find("%h") != row.ops.npos) text += "  %h = convert %f to f16\n";
  return text + std::string(row.ops) + "\n  store out, %l, %r\n}\n";
}

inline double as_float(double value) { return static_cast<float>(value); }
inline double as_half(double value) { return static_cast<double>(static_cast<_Float16>(value)); }

inline std::vector<ArithmeticRow> arithmetic_rows() {
  using Row = ArithmeticRow;
  return {
      // Constants
      Row{"%r = constant u32 4294967295", "u32", std::vector<double>(4, 4294967295.)},
      Row{"%r = constant i32 -2147483648", "i32", std::vector<double>(4, -0x1p31)},
      Row{"%r = constant f32 0.1", "f32", std::vector<double>(4, as_float(0.1))},
      Row{"%r = constant f16 0.1", "f16", std::vector<double>(4, as_half(0.1))},
      Row{"%r = constant vec4<f32> -2", "vec4<f32>", std::vector<double>(16, -2)},
      Row{"%b = constant bool 1 %r = select %b, %u, %v", "u32", {7, 4294967294., 0, 2147483648.}},
      // Unary
      Row{"%r = neg %f", "f32", {-1.5, 2.25, -0.0, -100}},
      Row{"%r = neg %i", "i32", {-7, 2, 0, -0x1p31}},
      Row{"%r = neg %h", "f16", {-1.5, 2.25, -0.0, -100}},
      Row{"%r = abs %f", "f32", {1.5, 2.25, 0, 100}},
      Row{"%r = abs %i", "i32", {7, 2, 0, -0x1p31}},
      Row{"%r = abs %u", "u32", {7, 4294967294., 0, 2147483648.}},
      Row{"%r = bit_not %u", "u32", {4294967288., 1, 4294967295., 2147483647.}},
      Row{"%n = logical_not %c %r = select %n, %f, %g", "f32", {2, 0.5, 0, 100}},
      Row{"%r = exp %f",
          "f32",
          {std::exp(1.5f), std::exp(-2.25f), 1, std::numeric_limits<float>::infinity()}},
      Row{"%a = abs %g %r = log %a",
          "f32",
          {std::log(2.0f), std::log(0.5f), std::log(3.0f), std::log(7.0f)}},
      Row{"%a = abs %f %r = sqrt %a", "f32", {std::sqrt(1.5f), 1.5, 0, 10}},
      Row{"%a = abs %g %r = inverse_sqrt %a",
          "f32",
          {1 / std::sqrt(2.0f), 1 / std::sqrt(0.5f), 1 / std::sqrt(3.0f), 1 / std::sqrt(7.0f)}},
      Row{"%r = floor %f", "f32", {1, -3, 0, 100}},
      Row{"%r = tanh %f", "f32", {std::tanh(1.5f), std::tanh(-2.25f), 0, 1}},
      Row{"%r = exp %h",
          "f16",
          {as_half(std::exp(1.5f)), as_half(std::exp(-2.25f)), 1,
           std::numeric_limits<double>::infinity()}},
      // Binary
      Row{"%r = add %f, %g", "f32", {3.5, -1.75, -3, 107}},
      Row{"%r = sub %f, %g", "f32", {-0.5, -2.75, 3, 93}},
      Row{"%r = mul %f, %g", "f32", {3, -1.125, -0.0, 700}},
      Row{"%r = div %f, %g", "f32", {0.75, -4.5, -0.0, as_float(100.0f / 7.0f)}},
      Row{"%r = min %f, %g", "f32", {1.5, -2.25, -3, 7}},
      Row{"%r = max %f, %g", "f32", {2, 0.5, 0, 100}},
      Row{"%t = constant f16 0.1 %r = add %h, %t",
          "f16",
          {as_half(1.5 + as_half(0.1)), as_half(-2.25 + as_half(0.1)), as_half(0.1),
           as_half(100 + as_half(0.1))}},
      Row{"%r = add %u, %v", "u32", {10, 3, 2, 2147483679.}},
      Row{"%r = sub %v, %u", "u32", {4294967292., 7, 2, 2147483679.}},
      Row{"%r = mul %u, %v", "u32", {21, 4294967286., 0, 2147483648.}},
      Row{"%r = div %u, %v", "u32", {2, 858993458., 0, 69273666.}},
      Row{"%r = rem %u, %v", "u32", {1, 4, 0, 2}},
      Row{"%r = div %i, %j", "i32", {2, 0, 0, -69273666.}},
      Row{"%r = rem %i, %j", "i32", {1, -2, 0, -2}},
      Row{"%m = constant i32 -1 %r = div %i, %m", "i32", {-7, 2, 0, -0x1p31}},
      Row{"%m = constant i32 -1 %r = rem %i, %m", "i32", {0, 0, 0, 0}},
      Row{"%r = min %u, %v", "u32", {3, 5, 0, 31}},
      Row{"%r = min %i, %j", "i32", {3, -2, 0, -0x1p31}},
      Row{"%r = max %i, %j", "i32", {7, 5, 2, 31}},
      Row{"%r = bit_and %u, %v", "u32", {3, 4, 0, 0}},
      Row{"%r = bit_or %u, %v", "u32", {7, 4294967295., 2, 2147483679.}},
      Row{"%r = bit_xor %u, %v", "u32", {4, 4294967291., 2, 2147483679.}},
      Row{"%r = shift_left %u, %v", "u32", {56, 4294967232., 0, 0}},
      Row{"%r = shift_right %u, %v", "u32", {0, 134217727., 0, 1}},
      Row{"%r = shift_right %i, %v", "i32", {0, -1, 0, -1}},
      // Comparisons
      Row{"%b = less %u, %v %r = convert %b to u32", "u32", {0, 0, 1, 0}},
      Row{"%b = less %i, %j %r = convert %b to u32", "u32", {0, 1, 1, 1}},
      Row{"%b = less_equal %f, %g %r = convert %b to f32", "f32", {1, 1, 0, 0}},
      Row{"%b = greater %f, %g %r = convert %b to u32", "u32", {0, 0, 1, 1}},
      Row{"%b = greater_equal %u, %u %r = convert %b to u32", "u32", {1, 1, 1, 1}},
      Row{"%b = equal %h, %h %r = convert %b to u32", "u32", {1, 1, 1, 1}},
      Row{"%b = not_equal %c, %c %r = convert %b to i32", "i32", {0, 0, 0, 0}},
      Row{"%b = less %u, %v %a = logical_and %b, %c %r = convert %a to u32", "u32", {0, 0, 0, 0}},
      Row{"%b = less %u, %v %a = logical_or %b, %c %r = convert %a to u32", "u32", {1, 1, 1, 0}},
      // Conversions
      Row{"%r = convert %f to u32", "u32", {1, 0, 0, 100}},
      Row{"%r = convert %f to i32", "i32", {1, -2, 0, 100}},
      Row{"%b = constant f32 1e10 %p = mul %f, %b %r = convert %p to u32",
          "u32",
          {4294967040., 0, 0, 4294967040.}},
      Row{"%b = constant f32 1e10 %p = mul %f, %b %r = convert %p to i32",
          "i32",
          {2147483520., -0x1p31, 0, 2147483520.}},
      Row{"%z = constant f32 0 %n = div %z, %z %r = convert %n to u32", "u32", {0, 0, 0, 0}, false},
      Row{"%r = convert %u to f32", "f32", {7, 0x1p32, 0, 0x1p31}},
      Row{"%r = convert %i to f32", "f32", {7, -2, 0, -0x1p31}},
      Row{"%t = constant f32 0.1 %r = convert %t to f16", "f16",
          std::vector<double>(4, as_half(as_float(0.1)))},
      Row{"%r = convert %h to f32", "f32", {1.5, -2.25, 0, 100}},
      Row{"%r = bitcast %f to u32", "u32", {0x3fc00000, 0xc0100000, 0, 0x42c80000}},
      Row{"%w = constant u32 3221240832 %r = unpack half2 %w",
          "vec2<f32>",
          {1, -2, 1, -2, 1, -2, 1, -2}},
      // The smallest subnormal and the largest f16; infinity and the largest subnormal.
      Row{"%w = constant u32 2080309249 %r = unpack half2 %w",
          "vec2<f32>",
          {0x1p-24, 65504, 0x1p-24, 65504, 0x1p-24, 65504, 0x1p-24, 65504}},
      Row{"%w = constant u32 67075072 %h2 = unpack half2 %w %zero = constant u32 0 "
          "%r = extract %h2, %zero",
          "f32", std::vector<double>(4, std::numeric_limits<double>::infinity()), false},
      Row{"%w = constant u32 67075072 %h2 = unpack half2 %w %one = constant u32 1 "
          "%r = extract %h2, %one",
          "f32", std::vector<double>(4, 1023 * 0x1p-24)},
      Row{"%w = constant u32 3221240832 %h2 = unpack f16x2 %w %r = convert %h2 to f32",
          "vec2<f32>",
          {1, -2, 1, -2, 1, -2, 1, -2}},
      Row{"%w = constant u32 1678271497 %h2 = unpack f16x2 %w %o = constant f16 1032 "
          "%r = sub %h2, %o",
          "vec2<f16>",
          {1, 0, 1, 0, 1, 0, 1, 0}},
      Row{"%r = unpack u8x4 %u",
          "vec4<u32>",
          {7, 0, 0, 0, 254, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 128}},
      Row{"%p = vector %f, %g %r = pack %p",
          "u32",
          {0x40003e00, 0x3800c080, 0xc2000000, 0x47005640}},
      // Over a subgroup, which holds all four lanes.
      Row{"%r = subgroup add %f", "f32", std::vector<double>(4, 99.25)},
      Row{"%r = subgroup min %i", "i32", std::vector<double>(4, -0x1p31)},
      Row{"%r = subgroup max %u", "u32", std::vector<double>(4, 4294967294.)},
      Row{"%p = vector %f, %g %r = subgroup max %p", "vec2<f32>", {100, 7, 100, 7, 100, 7, 100, 7}},
      // Vectors
      Row{"%r = vector %f, %g", "vec2<f32>", {1.5, 2, -2.25, 0.5, 0, -3, 100, 7}},
      Row{"%p = vector %f, %g %d = vector %g, %f %r = dot %p, %d", "f32", {6, -2.25, -0.0, 1400}},
      Row{"%p = vector %f, %g, %f, %g %r = dot %p, %p", "f32", {12.5, 10.625, 18, 20098}},
      Row{"%p = vector %f, %g %r = mul %p, %f",
          "vec2<f32>",
          {2.25, 3, 5.0625, -1.125, 0, -0.0, 10000, 700}},
      Row{"%p = vector %u, %v %r = sub %u, %p",
          "vec2<u32>",
          {0, 4, 0, 4294967289., 0, 4294967294., 0, 2147483617.}},
      Row{"%p = vector %f, %g %q = vector %g, %f %b = less %p, %q %r = select %b, %p, %q",
          "vec2<f32>",
          {1.5, 1.5, -2.25, -2.25, -3, -3, 7, 7}},
      Row{"%p = vector %f, %g %r = select %c, %p, %f",
          "vec2<f32>",
          {1.5, 2, -2.25, 0.5, 0, 0, 100, 100}},
      Row{"%p = vector %f, %f %r = exp %p",
          "vec2<f32>",
          {std::exp(1.5f), std::exp(1.5f), std::exp(-2.25f), std::exp(-2.25f), 1, 1,
           std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}},
      Row{"%p = vector %f, %g %r = convert %p to i32", "vec2<i32>", {1, 2, -2, 0, 0, -3, 100, 7}},
      Row{"%p = vector %h, %h %r = dot %p, %p", "f16", {4.5, as_half(10.125), 0, as_half(20000)}},
      Row{"%p = vector %l, %u, %v, %l4 %r = extract %p, %l", "u32", {0, 4294967294., 2, 7}},
  };
}

}  // namespace tests
