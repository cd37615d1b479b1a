// SPDX-License-Identifier: Apache-2.0
// How a kernel reads a weight matrix [n, k] in its encoding (ir/encoding/encoding.h). All forms
// read weights through here, so that a storage format is known in one place on this side.
//
//   tile_f32   dot(word, x[g])
//   tile_f16   dot(unpack(word.x), x.xy) + ...
//   q4         scale * (sum of code * x  -  8 * sum of x)      the zero point folded out per group
#pragma once

#include <functional>

#include "ir/kernel/builder.h"
#include "ir/kernel/program.h"

namespace codegen::lower {

class EncodedWeight {
 public:
  using Expr = ir::kernel::Expr;
  // The j-th vec4<f32> of activations within a group of K.
  using Activations = std::function<Expr(std::uint32_t j)>;

  explicit EncodedWeight(const ir::kernel::StoredTensor& tensor);

  // The element type that the weight's memory is bound with: 16-byte words.
  ir::kernel::Type word_type() const;
  std::string_view encoding_name() const { return ir::name_of(tensor_.encoding); }
  std::uint64_t n() const { return static_cast<std::uint64_t>(tensor_.shape[0]); }
  std::uint64_t k() const { return static_cast<std::uint64_t>(tensor_.shape[1]); }
  std::uint64_t tiles() const { return shape_.tiles; }
  std::uint64_t groups() const { return shape_.groups; }
  std::uint32_t group_vec4s() const { return info_.group / 4; }  // vec4s of activations per group

  // The contribution of one group of K to output column (tile, column): to be summed over all
  // groups, in order, and multiplied by unit() once at the end.
  Expr group_dot(ir::kernel::Builder& b, ir::kernel::MemoryId memory, Expr tile, Expr column,
                 Expr group, const Activations& x) const;
  float unit() const;

  // Values 4 * k4 ... 4 * k4 + 3 of row n as vec4<f32>; padding decodes to 0.
  Expr four(ir::kernel::Builder& b, ir::kernel::MemoryId memory, Expr n, Expr k4) const;

 private:
  Expr word(ir::kernel::Builder& b, ir::kernel::MemoryId memory, Expr tile, Expr column,
            Expr group) const;
  Expr scale(ir::kernel::Builder& b, ir::kernel::MemoryId memory, Expr tile, Expr column,
             Expr group) const;

  ir::kernel::StoredTensor tensor_;
  ir::EncodingInfo info_;
  ir::EncodedShape shape_;
};

}  // namespace codegen::lower
