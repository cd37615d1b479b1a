// SPDX-License-Identifier: Apache-2.0
// Where the bits of codes lie. Codes of 3, 4 or 8 bits are split into planes of 1, 2, 4 or 8 bits
// each, the powers of two that their length is a sum of; lowest bits first, longest plane first:
//
//   q8   8            q4   4            q3   bits 0 and 1 in a plane of 2, bit 2 in one of 1
//
// A plane of b bits takes b u32 for the 32 codes of a group, whatever b is. In a u32, four
// neighbouring values lie in its four bytes, the next four beside them in the same bytes:
//
//   b = 4:  byte 0 = code 4 | code 0, byte 1 = code 5 | code 1, ...
//   b = 2:  byte 0 = code 12 | code 8 | code 4 | code 0, ...
//
// so that a shift, a mask and WGSL's unpack4xU8 give four neighbouring values. A block holds plane
// after plane, in each group after group: for q3, words 0 and 1 the planes of 2 bits of 4 groups,
// word 2 those of 1 bit. No bit is unused, and all groups have 32 values: the 40 values that fill
// one word with 3-bit codes would need activations padded differently for this format alone.
#pragma once

#include <bit>
#include <cstdint>

namespace ir {

struct CodePlane {
  std::uint32_t bits;
  std::uint32_t first;  // the lowest of them in the code; also: u32 of a group in planes before

  // Of each byte of a u32.
  constexpr std::uint32_t mask() const { return ((1U << bits) - 1) * 0x01010101U; }
  constexpr std::uint32_t values_per_u32() const { return 32 / bits; }
  // The u32 of value i among those of its group and plane, and the place of its bits there.
  constexpr std::uint32_t u32_of(std::uint32_t i) const { return i / values_per_u32(); }
  constexpr std::uint32_t shift_of(std::uint32_t i) const {
    return 8 * (i % 4) + bits * (i % values_per_u32() / 4);
  }
  // The place of u32 i of a group's share in a block of `groups` groups.
  constexpr std::uint32_t in_block(std::uint32_t groups, std::uint32_t group,
                                   std::uint32_t i) const {
    return groups * first + group * bits + i;
  }
};

// Calls visit(plane) for each plane of codes of that length.
template <class Visit>
constexpr void for_each_plane(std::uint32_t code_bits, Visit&& visit) {
  std::uint32_t first = 0;
  for (std::uint32_t bits = 8; bits > 0; bits /= 2) {
    if ((code_bits & bits) == 0) continue;
    visit(CodePlane{bits, first});
    first += bits;
  }
}

// The plane of the codes' lowest bits.
constexpr CodePlane lowest_plane(std::uint32_t code_bits) { return {std::bit_floor(code_bits), 0}; }

// Code i of a group, given its `code_bits` u32.
constexpr std::uint32_t code_at(std::uint32_t code_bits, const std::uint32_t* u32s,
                                std::uint32_t i) {
  std::uint32_t code = 0;
  for_each_plane(code_bits, [&](const CodePlane& plane) {
    const std::uint32_t u = u32s[plane.first + plane.u32_of(i)] >> plane.shift_of(i);
    code |= (u & ((1U << plane.bits) - 1)) << plane.first;
  });
  return code;
}

}  // namespace ir
