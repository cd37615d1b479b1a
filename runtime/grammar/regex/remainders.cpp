// SPDX-License-Identifier: Apache-2.0
// Multiples of a decimal, digit by digit: what was read so far matters only by its remainder, so
// that the expression of a large divisor is as small as that of a small one, and its derivatives
// are made as they are met.
#include <algorithm>
#include <cstdint>
#include <span>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

// The operands of a node. A number is a multiple of modulus / 10^scale where its digits, with
// `scale` of them behind the point, make a multiple of the modulus.
enum Operand : std::uint32_t {
  kModulus,
  kValue,       // remainder of the digits so far
  kLeft,        // how many of the digits behind the point are still to come
  kInFraction,  // whether the point was read
};

// What `left` more digits, all zeros, make of a remainder.
std::uint64_t shifted(std::uint64_t modulus, std::uint64_t value, std::uint32_t left) {
  while (left-- > 0 && value != 0) value = value * 10 % modulus;
  return value;
}

}  // namespace

bool is_multiple(std::span<const std::uint32_t> operands) {
  return shifted(operands[kModulus], operands[kValue], operands[kLeft]) == 0;
}

Regex Expressions::multiples(std::uint32_t modulus, std::uint32_t scale) {
  return remainder(modulus, 0, scale, false);
}

Regex Expressions::remainder(std::uint32_t modulus, std::uint32_t value, std::uint32_t left,
                             bool in_fraction) {
  if (in_fraction) {
    if (left == 0) return value == 0 ? repeat(literal("0"), 0, kUnbounded) : kNothing;
    // What the digits that are left have to make up for.
    const std::uint64_t missing = (modulus - shifted(modulus, value, left)) % modulus;
    std::uint64_t reach = 1;
    for (std::uint32_t i = 0; i < left && reach <= missing; ++i) reach *= 10;
    if (missing >= reach) return kNothing;
  }
  const std::uint32_t operands[] = {modulus, value, left, in_fraction ? 1U : 0U};
  return store_->make(Kind::remainder, operands);
}

// Whether an intersection with multiples is easily seen to have a text: where it leaves so many
// digits free that they make up for every remainder. A search would try them one by one.
bool Expressions::has_multiple(Regex both) {
  const auto operands = store_->nodes.operands(store_->nodes[both]);
  std::uint64_t modulus = 0;
  for (const std::uint32_t part : operands) {
    const Node& node = store_->nodes[Regex{part}];
    if (node.kind != Kind::remainder) continue;
    const auto of = store_->nodes.operands(node);
    if (modulus != 0 || of[kInFraction] != 0) return false;
    modulus = of[kModulus];
  }
  if (modulus == 0) return false;
  const List<std::uint32_t> parts(operands.begin(), operands.end());
  std::uint32_t count = 0;
  for (std::uint64_t reach = 1; reach < modulus; reach *= 10) ++count;
  const Regex digits = repeat(bytes(ByteSet::range('0', '9')), count, count);
  return std::ranges::all_of(parts, [&](std::uint32_t part) {
    return store_->nodes[Regex{part}].kind == Kind::remainder || includes(Regex{part}, digits);
  });
}

Regex Expressions::remainder_derivative(Regex a, std::uint8_t byte) {
  const auto operands = store_->nodes.operands(store_->nodes[a]);
  const std::uint32_t modulus = operands[kModulus];
  const std::uint32_t value = operands[kValue];
  const std::uint32_t left = operands[kLeft];
  const bool in_fraction = operands[kInFraction] != 0;
  if (byte == '.') return in_fraction ? kNothing : remainder(modulus, value, left, true);
  if (byte < '0' || byte > '9') return kNothing;
  const std::uint64_t next = (std::uint64_t{value} * 10 + (byte - '0')) % modulus;
  return remainder(modulus, static_cast<std::uint32_t>(next), in_fraction ? left - 1 : left,
                   in_fraction);
}

}  // namespace runtime::grammar::regex
