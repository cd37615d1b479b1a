// SPDX-License-Identifier: Apache-2.0
// How a kernel reads a weight matrix [n, k] in its encoding (ir/encoding/encoding.h). All forms
// read weights through here, so that a storage format is known in one place on this side. What a
// memory holds are all rows of the matrix, or some where it lies in several buffers.
//
//   tile_f32   dot(word, x[g])
//   tile_f16   dot(unpack(word.x), x.xy) + ...
//   q4         scale * sum of (code - 8) * x
//   q3, q8     the same with their zero points
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ir/encoding/code_planes.h"
#include "ir/kernel/builder.h"
#include "ir/kernel/program.h"
#include "ir/target.h"

namespace codegen::lower {

class EncodedWeight {
 public:
  using Expr = ir::kernel::Expr;
  // One row's activations within a group of K: vec4<f32> number j + half.
  using Activations = std::function<Expr(Expr j, std::uint32_t half)>;
  // An output column of a matrix that is stored like this one.
  struct Column {
    ir::kernel::MemoryId memory;
    Expr tile, within;  // its tile, counted within the memory, and its place in it
  };
  using Dots = std::vector<std::vector<Expr>>;  // [column][row]

  // `rows`: those that lie in the memory.
  EncodedWeight(const ir::kernel::StoredTensor& tensor, const ir::kernel::RowRange& rows);
  // The same weight as kernels for a target read it: with f16 codes need no conversion of integers.
  // What is multiplied and added up is f32, and the same (compiler/decisions/0008).
  EncodedWeight on(const ir::Target& target) const;

  // The element type that the weight's memory is bound with: 16-byte words.
  ir::kernel::Type word_type() const;
  std::string_view encoding_name() const { return ir::name_of(tensor_.encoding); }
  std::uint64_t n() const { return static_cast<std::uint64_t>(tensor_.shape[0]); }
  std::uint64_t k() const { return static_cast<std::uint64_t>(tensor_.shape[1]); }
  const ir::kernel::RowRange& rows() const { return rows_; }
  bool has_last_row() const { return rows_.end() == n(); }
  std::uint64_t tiles() const { return shape_.tiles; }  // in the memory
  std::uint64_t groups() const { return shape_.groups; }
  std::uint32_t group_vec4s() const { return info_.group / 4; }  // vec4s of activations per group
  // How many of `count` groups from `first` on there are.
  Expr groups_from(ir::kernel::Builder& b, Expr first, std::uint32_t count) const;

  // The contributions of one group of K to each output column of each row: to be summed over all
  // groups, in order, and multiplied by unit() once at the end. Weights are decoded once for all
  // rows, activations read once for all columns; the arithmetic of an output does not depend on
  // how many there are. For one row all is written out, for several there is a loop: their text
  // would take drivers seconds.
  Dots group_dots(ir::kernel::Builder& b, std::span<const Column> columns, Expr group,
                  std::span<const Activations> rows) const;
  float unit() const { return info_.unit(); }
  // Values 4 * k4 ... 4 * k4 + 3 of row n, one of rows(), as vec4<f32>; padding decodes to 0.
  Expr four(ir::kernel::Builder& b, ir::kernel::MemoryId memory, Expr n, Expr k4) const;

 private:
  // What is stored of a group of one column: its word, or the u32 of its codes, plane by plane
  // (ir/encoding/code_planes.h).
  using Group = std::vector<Expr>;
  Group load_group(ir::kernel::Builder& b, const Column& at, Expr group) const;
  Expr word(ir::kernel::Builder& b, const Column& at, Expr block, Expr index) const;
  // Of a group's u32 in a plane the one at `index`.
  Expr plane_u32(ir::kernel::Builder& b, const Column& at, Expr group, const ir::CodePlane& plane,
                 Expr index) const;
  Expr scale(ir::kernel::Builder& b, const Column& at, Expr group) const;

  using Sums = std::vector<std::vector<ir::kernel::VariableId>>;  // [column][row]
  Sums products(ir::kernel::Builder& b, std::span<const Column> columns, Expr group,
                std::span<const Activations> rows) const;
  // The weights of a column in the first or second vec4 of a pair.
  using PairCodes = std::function<Expr(std::size_t column, std::uint32_t half)>;
  // Adds the products of vec4s j and j + 1.
  void add_pair(ir::kernel::Builder& b, const Sums& sums, const PairCodes& codes,
                std::span<const Activations> rows, Expr j) const;
  // The codes, less the zero point, (or plain values) 4 * j ... 4 * j + 3 of a group as vec4<f32>.
  Expr codes(ir::kernel::Builder& b, const Group& group, std::uint32_t j) const;
  // The same of codes with j = 2 * pair + half; only the u32 that hold them are loaded.
  Expr codes(ir::kernel::Builder& b, const Column& at, Expr group, Expr pair,
             std::uint32_t half) const;
  Expr numbers(ir::kernel::Builder& b, Expr bytes) const;

  ir::kernel::StoredTensor tensor_;
  ir::kernel::RowRange rows_;
  ir::Target target_;
  ir::EncodingInfo info_;
  ir::EncodedShape shape_;  // of rows_
};

}  // namespace codegen::lower
