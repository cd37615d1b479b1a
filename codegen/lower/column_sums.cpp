// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/column_sums.h"

#include <fmt/format.h>

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

namespace {

constexpr std::uint32_t kColumns = 16;  // of a tile
constexpr std::uint32_t kBlockVec4s = kBlock / 4;
constexpr std::uint64_t kNormalizedBlocks = 64;  // 2048 activations, 8 KiB

// Blocks that are normalised at a time: pieces of equal size, each of whole rounds of the parts.
std::uint64_t piece_blocks(std::uint64_t blocks, std::uint32_t parts) {
  const std::uint64_t pieces = (blocks + kNormalizedBlocks - 1) / kNormalizedBlocks;
  const std::uint64_t piece = (blocks + pieces - 1) / pieces;
  return (piece + parts - 1) / parts * parts;
}

}  // namespace

ColumnSums::ColumnSums(Builder& b, const Projection& projection, const ProjectionInputs& inputs,
                       const EncodedWeight& weight, std::uint32_t distance)
    : b_(b),
      inputs_(inputs),
      weight_(weight),
      shape_(weight),
      norm_(projection.norm),
      distance_(distance) {
  const Expr slot = b.local_x() / kColumns;  // tile * parts + part
  const Expr within = b.local_x() % kColumns;
  const Expr tile = tile_at(slot / shape_.parts);
  part_ = slot % shape_.parts;
  column_ = slot / shape_.parts * kColumns + within;
  n_ = n_of(column_);
  for (std::size_t p = 0; p < inputs.weights.size(); ++p) {
    columns_.push_back({inputs.weights[p], tile, within});
    sums_.push_back(b.variable(fmt::format("sum{}", p), b.f32(0)));
  }
}

// Which tile of the memory a tile of the workgroup is.
ColumnSums::Expr ColumnSums::tile_at(Expr slot) const {
  const std::uint32_t tiles = shape_.columns / kColumns;
  if (distance_ == 0) return b_.workgroup_x() * tiles + slot;
  const std::uint32_t apart = distance_ / kColumns, pairs = tiles / 2;
  const Expr pair = b_.workgroup_x() * pairs + slot / 2;
  return pair / apart * (2 * apart) + pair % apart + slot % 2 * apart;
}

ColumnSums::Expr ColumnSums::n_of(Expr column) const {
  const auto first = static_cast<double>(weight_.rows().first);
  if (distance_ == 0) return b_.workgroup_x() * shape_.columns + column + first;
  return tile_at(column / kColumns) * kColumns + column % kColumns + first;
}

void ColumnSums::compute() {
  const std::uint64_t blocks = k_blocks(weight_.k());
  const Expr row4 = b_.workgroup_y() * static_cast<double>(blocks * kBlockVec4s);
  if (norm_) {
    RowNorm norm(b_, shape_.lanes(), weight_.k(), norm_->epsilon, inputs_.x, *inputs_.norm, row4);
    add_normalized(norm);
  } else {
    add_blocks(inputs_.x, row4, b_.u32(0), b_.u32(blocks));
  }
  if (shape_.parts == 1 && distance_ == 0) return;
  const auto products = static_cast<std::uint32_t>(sums_.size());
  part_sums_ = b_.shared("part_sums", kF32, products * shape_.lanes());
  for (std::uint32_t p = 0; p < products; ++p)
    b_.store(*part_sums_, (part_ + p * shape_.parts) * shape_.columns + column_, b_.get(sums_[p]));
  b_.barrier();
}

void ColumnSums::add_normalized(RowNorm& norm) {
  const std::uint64_t blocks = k_blocks(weight_.k()), piece = piece_blocks(blocks, shape_.parts);
  const std::uint64_t pieces = (blocks + piece - 1) / piece;
  const MemoryId row = b_.shared("normalized", kVec4F32,
                                 static_cast<std::uint32_t>(std::min(blocks, piece) * kBlockVec4s));
  norm.reduce();
  const auto add_piece = [&](Expr first_block, Expr count) {
    const Expr first4 = first_block * kBlockVec4s;
    b_.loop(b_.local_x(), count * kBlockVec4s, b_.u32(shape_.lanes()),
            [&](Expr i) { norm.normalize(first4 + i, [&](Expr y) { b_.store(row, i, y); }); });
    b_.barrier();
    add_blocks(row, b_.u32(0), first_block, count);
  };
  if (pieces == 1) return add_piece(b_.u32(0), b_.u32(blocks));
  b_.loop(0, pieces, [&](Expr index) {
    const Expr first = index * static_cast<double>(piece);
    b_.barrier();  // the piece before was read
    add_piece(first, b_.binary(BinaryKind::min, b_.u32(piece), b_.u32(blocks) - first));
  });
}

// Adds this lane's part of `count` blocks, whose activations begin at x[first4].
void ColumnSums::add_blocks(MemoryId x, Expr first4, Expr first_block, Expr count) {
  const std::uint32_t group = weight_.group_vec4s(), groups = kBlockVec4s / group;  // of a block
  b_.when(n_ < static_cast<double>(weight_.rows().end()), [&] {
    b_.loop(part_, count, b_.u32(shape_.parts), [&](Expr i) {
      const Expr at = first4 + i * kBlockVec4s, first_group = (first_block + i) * groups;
      if (groups == 1) return add_group(x, at, first_group);
      b_.loop(b_.u32(0), weight_.groups_from(b_, first_group, groups), b_.u32(1),
              [&](Expr g) { add_group(x, at + g * group, first_group + g); });
    });
  });
}

void ColumnSums::add_group(MemoryId x, Expr first4, Expr group) {
  const EncodedWeight::Activations activations[] = {
      [&, x, first4](Expr j, std::uint32_t half) { return b_.load(x, first4 + (j + half)); }};
  const EncodedWeight::Dots dots = weight_.group_dots(b_, columns_, group, activations);
  for (std::size_t p = 0; p < sums_.size(); ++p) b_.accumulate(sums_[p], dots[p][0]);
}

ColumnSums::Expr ColumnSums::total(std::uint32_t product, Expr column) const {
  const auto part = [&](std::uint32_t i) {
    return b_.load(*part_sums_, column + (product * shape_.parts + i) * shape_.columns);
  };
  Expr sum = part(0);
  for (std::uint32_t i = 1; i < shape_.parts; ++i) sum = sum + part(i);
  return sum;
}

void ColumnSums::for_each_column(const Finish& finish) const {
  std::vector<Expr> totals;
  if (!part_sums_) {
    for (const VariableId sum : sums_) totals.push_back(b_.get(sum));
    return finish(n_, totals);
  }
  const Expr column = b_.local_x();
  b_.when(column < static_cast<double>(shape_.columns), [&] {
    for (std::uint32_t p = 0; p < sums_.size(); ++p) totals.push_back(total(p, column));
    finish(n_of(column), totals);
  });
}

void ColumnSums::for_each_pair(const FinishPair& finish) const {
  const std::uint32_t pairs = shape_.columns / 2;
  b_.when(b_.local_x() < pairs, [&] {
    const Expr column = b_.local_x() / kColumns * (2 * kColumns) + b_.local_x() % kColumns;
    finish(n_of(column), total(0, column), total(0, column + kColumns));
  });
}

}  // namespace codegen::lower
