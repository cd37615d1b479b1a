// SPDX-License-Identifier: Apache-2.0
// WGSL expressions as text: names of types, literals, and one op applied to the text of its
// operands.
//
//   apply(mul, {"b0[lid.x]", "2f"})   ->   "(b0[lid.x] * 2f)"
//
// Text is safe to be put anywhere: what binds weaker than a call stands in parentheses.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ir/kernel/kernel.h"

namespace codegen::wgsl {

struct Operand {
  std::string text;
  ir::kernel::Type type;
};

std::string type_name(ir::kernel::Type type);
// Exact: a literal that reads as this very value.
std::string literal(const ir::kernel::Constant& constant);
// Without the parentheses around the whole, where nothing can bind stronger.
std::string_view bare(std::string_view text);

// An op that only computes: Unary ... Dot; `result` is its type.
std::string apply(const ir::kernel::Op& op, std::span<const Operand> operands,
                  ir::kernel::Type result);

}  // namespace codegen::wgsl
