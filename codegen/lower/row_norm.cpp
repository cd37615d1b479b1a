// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/row_norm.h"

#include "codegen/lower/lowering.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

RowNorm::RowNorm(Builder& b, std::uint32_t lanes, std::uint64_t width, double epsilon, MemoryId x,
                 MemoryId weight, Expr row4)
    : b_(b),
      lanes_(lanes),
      width_(width),
      epsilon_(epsilon),
      x_(x),
      weight_(weight),
      sums_(b.shared("squares", kF32, kSums)),
      row4_(row4) {}

void RowNorm::reduce() {
  const Expr lane = b_.local_x();
  const auto add_squares = [&] {
    const VariableId sum = b_.variable("squares", b_.f32(0));
    b_.loop(lane, b_.u32(row_stride(width_) / 4), b_.u32(kSums), [&](Expr i) {
      const Expr v = b_.load(x_, row4_ + i);
      b_.accumulate(sum, b_.dot(v, v));
    });
    b_.store(sums_, lane, b_.get(sum));
  };
  if (lanes_ > kSums)
    b_.when(lane < kSums, add_squares);
  else
    add_squares();
  b_.barrier();
  const VariableId total = b_.variable("all_squares", b_.f32(0));
  b_.loop(0, kSums, [&](Expr i) { b_.accumulate(total, b_.load(sums_, i)); });
  const Expr mean = b_.get(total) / static_cast<double>(width_);
  factor_ = b_.unary(UnaryKind::inverse_sqrt, mean + epsilon_);
}

void RowNorm::normalize(Expr i, const std::function<void(Expr)>& store) {
  const auto present = [&] { store(b_.load(x_, row4_ + i) * factor_ * b_.load(weight_, i)); };
  const std::uint64_t weight4 = (width_ + 3) / 4;
  if (weight4 == row_stride(width_) / 4) return present();
  b_.when(i < static_cast<double>(weight4), present, [&] { store(b_.constant(kVec4F32, 0)); });
}

}  // namespace codegen::lower
