// SPDX-License-Identifier: Apache-2.0
// RowNorm: how a workgroup normalises a row of activations, for all forms alike.
//
//   factor = 1 / sqrt(sum of x * x / width + epsilon)        y = x * factor * weight
//
//   64 lanes each add the squares of every 64th vec4 -> workgroup memory -> barrier -> every lane
//   adds up all 64 sums itself, in the same order
//
// The squares are added in this order on every device, without subgroups, whose sums depend on
// their size: a row that is normalised on its own and one that is normalised inside a gemv are
// equal bit by bit. The padding of a row is 0, so it may be summed; it is 0 again in the result.
#pragma once

#include <functional>

#include "ir/kernel/builder.h"

namespace codegen::lower {

class RowNorm {
 public:
  using Expr = ir::kernel::Expr;
  using Builder = ir::kernel::Builder;

  static constexpr std::uint32_t kSums = 64;  // the least number of lanes, too

  // `x` and `weight` hold vec4s, `row4` is the first one of the row in x. Makes a workgroup memory.
  RowNorm(Builder& b, std::uint32_t lanes, std::uint64_t width, double epsilon,
          ir::kernel::MemoryId x, ir::kernel::MemoryId weight, Expr row4);

  // Finds the factor; all lanes of the workgroup call it. One barrier.
  void reduce();
  // Calls store(y) with the normalised vec4 number i of the row, 0 in its padding.
  void normalize(Expr i, const std::function<void(Expr y)>& store);

 private:
  Builder& b_;
  std::uint32_t lanes_;
  std::uint64_t width_;
  double epsilon_;
  ir::kernel::MemoryId x_, weight_, sums_;
  Expr row4_, factor_;
};

}  // namespace codegen::lower
