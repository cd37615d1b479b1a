// SPDX-License-Identifier: Apache-2.0
// gemm: many rows of activations times a tiled weight matrix; prefill.
//
//                          128 columns: two for each of 64 lanes
//                        +--------------------------------------+
//    a block of k        | codes, decoded once per lane         |
//       +--------+       +--------------------------------------+
//     8 |   x    |       | 8 x 2 sums in registers of each lane |
//  rows +--------+       +--------------------------------------+
//
// A block of activations goes through workgroup memory: each lane copies a word, neighbours what
// lies side by side, then all lanes read all of it, every lane the same word at a time.
// Neighbouring workgroups take the same columns of other rows, while their weights are still in a
// cache.
//
// There are no variants with f16: decoding is shared by eight rows, and this is the kernel that
// drivers compile longest.
//
// Each sum is built up as gemv builds it (the law in codegen/lower/k_order.h), only several at a
// time: results of a row are equal bit by bit, whichever form computes it. Parts of K come one
// after the other.
#include <fmt/format.h>

#include "codegen/lower/forms/forms.h"
#include "codegen/lower/k_order.h"
#include "codegen/lower/paged_cache.h"
#include "codegen/lower/projection.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;
constexpr std::uint32_t kColumns = 16;  // of a tile
constexpr std::uint32_t kTiles = kLanes / kColumns;
constexpr std::uint32_t kRows = 8;
constexpr std::uint32_t kSumsPerRow = 2;  // of each lane
constexpr std::uint32_t kBlock4 = kBlock / 4;
static_assert(kRows * kBlock4 == kLanes);

// The kernel while it is written.
class Gemm {
 public:
  Gemm(const Projection& projection, const EncodedWeight& weight,
       const runtime::formats::StepLayout& layout, std::uint32_t rows_word)
      : projection_(projection),
        weight_(weight),
        b(fmt::format("gemm_{}", name_of(projection, weight)), {kLanes, 1, 1}),
        inputs_(bind_inputs(b, projection, weight)),
        y_(b.write("y", kF32)),
        step_(b.read("step", kU32)),
        x_(b.shared("block", kVec4F32, kLanes)) {
    rows_ = StepView{b, step_, layout}.header(rows_word);
  }

  // Blocks of 64 columns that a workgroup computes.
  static std::uint32_t blocks(const Projection& projection) {
    return kSumsPerRow / static_cast<std::uint32_t>(projection.products.size());
  }

  Kernel write() && {
    first_row_ = b.workgroup_x() * kRows;
    const std::vector<EncodedWeight::Column> columns = choose_columns();
    std::vector<VariableId> sums;  // [column][row]
    for (std::size_t i = 0; i < columns.size() * kRows; ++i)
      sums.push_back(b.variable(fmt::format("sum{}", i), b.f32(0)));
    if (parts() == 1)
      add_part(b.u32(0), columns, sums);
    else
      add_parts(columns, sums);
    store(sums);
    return std::move(b).finish();
  }

 private:
  std::uint32_t parts() const { return k_parts(weight_.n(), weight_.k()); }
  std::uint32_t block_groups() const { return kBlock4 / weight_.group_vec4s(); }

  // The columns of this lane; where the memory ends, its last tile stands in.
  std::vector<EncodedWeight::Column> choose_columns() {
    std::vector<EncodedWeight::Column> columns;
    const Expr within = b.local_x() % kColumns;
    for (std::uint32_t block = 0; block < blocks(projection_); ++block) {
      const Expr tile =
          (b.workgroup_y() * blocks(projection_) + block) * kTiles + b.local_x() / kColumns;
      n_.push_back(tile * kColumns + within + static_cast<double>(weight_.rows().first));
      const Expr present = b.binary(BinaryKind::min, tile, b.u32(weight_.tiles() - 1));
      for (const MemoryId matrix : inputs_.weights) columns.push_back({matrix, present, within});
    }
    return columns;
  }

  void add_parts(const std::vector<EncodedWeight::Column>& columns,
                 const std::vector<VariableId>& sums) {
    std::vector<VariableId> of_part;
    for (std::size_t i = 0; i < sums.size(); ++i)
      of_part.push_back(b.variable(fmt::format("part_sum{}", i), kF32));
    b.loop(0, parts(), [&](Expr part) {
      for (const VariableId sum : of_part) b.set(sum, b.f32(0));
      add_part(part, columns, of_part);
      for (std::size_t i = 0; i < sums.size(); ++i) b.accumulate(sums[i], b.get(of_part[i]));
    });
  }

  void add_part(Expr part, const std::vector<EncodedWeight::Column>& columns,
                const std::vector<VariableId>& sums) {
    b.loop(part, b.u32(k_blocks(weight_.k())), b.u32(parts()), [&](Expr block) {
      copy_block(block);
      b.barrier();
      multiply_block(block, columns, sums);
      b.barrier();
    });
  }

  // Rows after the last one repeat it; nothing of them is stored.
  void copy_block(Expr block) {
    const Expr lane = b.local_x();
    const Expr row = b.binary(BinaryKind::min, first_row_ + lane / kBlock4, rows_ - 1);
    const std::uint64_t stride4 = row_stride(weight_.k()) / 4;
    const Expr from = row * static_cast<double>(stride4) + (block * kBlock4 + lane % kBlock4);
    b.store(x_, lane, b.load(inputs_.x, from));
  }

  void multiply_block(Expr block, const std::vector<EncodedWeight::Column>& columns,
                      const std::vector<VariableId>& sums) {
    const Expr first = block * block_groups();
    const auto add_group = [&](Expr group) {
      const Expr first4 = group * weight_.group_vec4s();
      std::vector<EncodedWeight::Activations> x;
      for (std::uint32_t r = 0; r < kRows; ++r)
        x.emplace_back([=, this](Expr j, std::uint32_t half) {
          return b.load(x_, first4 + j + (r * kBlock4 + half));
        });
      const EncodedWeight::Dots dots = weight_.group_dots(b, columns, first + group, x);
      for (std::size_t i = 0; i < sums.size(); ++i)
        b.accumulate(sums[i], dots[i / kRows][i % kRows]);
    };
    if (block_groups() == 1) return add_group(b.u32(0));
    b.loop(b.u32(0), weight_.groups_from(b, first, block_groups()), b.u32(1), add_group);
  }

  void store(const std::vector<VariableId>& sums) {
    const RowRange& rows = weight_.rows();
    const std::uint64_t stride = row_stride(weight_.n());
    const bool pads = weight_.has_last_row() && stride > weight_.n();
    for (std::uint32_t r = 0; r < kRows; ++r)
      b.when(first_row_ + r < rows_, [&] {
        for (std::size_t block = 0; block < n_.size(); ++block) {
          const Expr n = n_[block];
          const Expr out = (first_row_ + r) * static_cast<double>(stride) + n;
          b.when(n < static_cast<double>(rows.end()),
                 [&] { b.store(y_, out, result(sums, block, r, out)); });
          // The padding of a row lies within one block.
          if (pads && rows.count / kLanes % n_.size() == block)
            b.when(n >= b.u32(weight_.n()) && n < b.u32(stride),
                   [&] { b.store(y_, out, b.f32(0)); });
        }
      });
  }

  Expr result(const std::vector<VariableId>& sums, std::size_t block, std::uint32_t row, Expr out) {
    const std::size_t products = projection_.products.size();
    std::vector<Expr> totals;
    for (std::size_t p = 0; p < products; ++p)
      totals.push_back(b.get(sums[(block * products + p) * kRows + row]));
    return finished(b, projection_, inputs_, weight_, totals, n_[block], out);
  }

  const Projection& projection_;
  const EncodedWeight& weight_;
  Builder b;  // NOLINT: named as everywhere
  ProjectionInputs inputs_;
  MemoryId y_, step_, x_;
  Expr rows_, first_row_;
  std::vector<Expr> n_;  // of this lane, by block
};

}  // namespace

bool lower_gemm(const ir::graph::Node& node, Lowering& l) {
  const std::optional<Projection> projection = match_projection(node.op);
  if (!projection || projection->norm || projection->epilogue == Epilogue::argmax) return false;
  const std::vector<ProjectionPart> parts = projection_parts(*projection, l);
  const SizeExpr rows = l.rows_of(projection->x);
  if (parts.empty() || rows != SizeExpr("rows")) return false;
  l.only_when(greater(rows, std::uint64_t{kFewRows}));
  const std::uint64_t width = std::uint64_t{kLanes} * Gemm::blocks(*projection);
  for (const ProjectionPart& part : parts) {
    std::vector<std::uint32_t> buffers = part.buffers;
    buffers.insert(buffers.end(), {l.allocate(node.result).buffer, l.step_buffer()});
    l.dispatch(
        Gemm(*projection, part.weight, l.step_layout(), runtime::formats::kStepRowsWord).write(),
        buffers, {ceil_div(rows, std::uint64_t{kRows}), (part.columns() + width - 1) / width, 1});
  }
  return true;
}

}  // namespace codegen::lower
