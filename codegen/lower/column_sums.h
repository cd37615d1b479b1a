// SPDX-License-Identifier: Apache-2.0
// ColumnSums: what a workgroup of a gemv does: the sums along K of 32 or 64 output columns of one
// row, in the order of k_order.h.
//
//              part 0         part 1        lane = (tile * parts + part) * 16 + column
//           +------------+ +------------+
//   tile 0  | 16 columns | | 16 columns |   the 16 lanes of a tile and part read 256 neighbouring
//   tile 1  |            | |            |   bytes at a time, its parts neighbouring blocks of K;
//           +------------+ +------------+   sums stay in registers
//
//   1. with a norm: its factor, then the normalised row into workgroup memory
//   2. every lane adds up its part of one column: no barrier, nothing crosses lanes
//   3. with several parts: their sums into workgroup memory, barrier; whoever finishes a column
//      adds its parts
//
// A row longer than 2048 is normalised piece by piece: 8 KiB of workgroup memory leave a core room
// for a second workgroup.
//
// Columns that are finished together, such as the halves of a rotary pair, belong to one workgroup:
// with partners `distance` apart, every second of its tiles is that far from the one before.
//
//   ColumnSums sums(b, projection, inputs, weight);
//   sums.compute();
//   sums.for_each_column([&](Expr n, const std::vector<Expr>& of_products) { ... });
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "codegen/lower/k_order.h"
#include "codegen/lower/projection.h"
#include "codegen/lower/row_norm.h"

namespace codegen::lower {

// How many lanes work on a matrix.
struct ColumnSumsShape {
  explicit ColumnSumsShape(const EncodedWeight& weight)
      : parts(k_parts(weight.n(), weight.k())), columns(std::min(64U, 256U / parts)) {}

  std::uint32_t parts, columns;  // of a workgroup
  std::uint32_t lanes() const { return parts * columns; }
  std::uint64_t workgroups(std::uint64_t n) const { return (n + columns - 1) / columns; }
};

class ColumnSums {
 public:
  using Expr = ir::kernel::Expr;
  using Builder = ir::kernel::Builder;

  using Finish = std::function<void(Expr n, const std::vector<Expr>& sums)>;  // by product
  using FinishPair = std::function<void(Expr n, Expr sum, Expr partners_sum)>;

  // Row workgroup_y; columns from workgroup_x * shape.columns on, counted from the first row of the
  // weight's memory. Makes workgroup memories. With a `distance`, a multiple of 16 such that the
  // matrix has whole runs of twice as many columns: as many columns, of pairs.
  ColumnSums(Builder& b, const Projection& projection, const ProjectionInputs& inputs,
             const EncodedWeight& weight, std::uint32_t distance = 0);

  // All lanes of the workgroup call it.
  void compute();
  // Calls finish(n, a sum per product) in one lane for each column, also for those beyond the
  // matrix: their sums are 0.
  void for_each_column(const Finish& finish) const;
  // Of one product with a distance: calls finish(n, its sum, that of n + distance) likewise.
  void for_each_pair(const FinishPair& finish) const;

 private:
  Expr tile_at(Expr slot) const;
  Expr n_of(Expr column) const;
  Expr total(std::uint32_t product, Expr column) const;
  void add_normalized(RowNorm& norm);
  void add_blocks(ir::kernel::MemoryId x, Expr first4, Expr first_block, Expr count);
  void add_group(ir::kernel::MemoryId x, Expr first4, Expr group);

  Builder& b_;
  const ProjectionInputs& inputs_;
  const EncodedWeight& weight_;
  ColumnSumsShape shape_;
  std::optional<Norm> norm_;
  std::uint32_t distance_;
  Expr part_, column_, n_;                         // of this lane; the column within the workgroup
  std::vector<EncodedWeight::Column> columns_;     // of this lane, by product
  std::vector<ir::kernel::VariableId> sums_;       // by product
  std::optional<ir::kernel::MemoryId> part_sums_;  // [product][part][column]
};

}  // namespace codegen::lower
