// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/element_kernel.h"

#include <fmt/format.h>

#include <utility>

#include "codegen/lower/encoded_weight.h"
#include "ir/support/check.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT
namespace graph = ir::graph;
using graph::TensorType;

Expr ElementKernel::load(graph::Value v, const Coordinates& at) {
  const TensorType& type = std::get<TensorType>(l_.type_of(v));
  CHECK(at.size() >= type.shape.size(), "too few coordinates");
  Coordinates own;
  for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
    own.push_back(type.shape[axis] == graph::Dim(1) ? b.u32(0)
                                                    : at[at.size() - type.shape.size() + axis]);
  if (l_.weight_of(v)) return load_weight(v, own);
  const Place place = l_.place(v);
  if (!place.in_step)
    return b.load(bind(place.buffer, element_of(type)), address(type, own) + place.offset);
  const Expr word = flatten(type.shape, own) + place.offset;  // rows of the step are not padded
  return b.bitcast(b.load(bind(place.buffer, kU32), word), element_of(type).scalar);
}

Expr ElementKernel::load_weight(graph::Value v, const Coordinates& at) {
  const StoredTensor& tensor = *l_.weight_of(v);
  const std::vector<WeightPart>& parts = l_.weight_parts(v);
  const WeightPart& stored = parts[parts.size() == 1 ? 0 : part];
  if (ir::info_of(tensor.encoding).columns == 1)
    return b.load(bind(stored.buffer, kF32), flatten(l_.shape_of(v), at));
  const EncodedWeight weight(tensor, stored.rows);
  const Expr four = weight.four(b, bind(stored.buffer, weight.word_type()), at[0], at[1] >> 2);
  return b.extract(four, at[1] & 3);
}

Expr ElementKernel::address(const TensorType& type, const Coordinates& at) {
  if (!is_row_shape(type)) return flatten(type.shape, at);
  const auto width = static_cast<std::uint64_t>(type.shape[1].extent);
  return at[0] * static_cast<double>(row_stride(width)) + at[1];
}

Expr ElementKernel::flatten(const graph::Shape& shape, const Coordinates& at) {
  Expr index = b.u32(0);
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    index = index * extent(shape[axis]) + at[axis];
  return index;
}

Coordinates ElementKernel::unflatten(const graph::Shape& shape, Expr index) {
  Coordinates at(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    at[axis] = index % extent(shape[axis]);
    index = index / extent(shape[axis]);
  }
  if (!at.empty()) at[0] = index;
  return at;
}

Expr ElementKernel::extent(const graph::Dim& dim) {
  if (dim.is_constant()) return b.u32(static_cast<std::uint64_t>(dim.extent));
  if (dim.symbol == "rows") return header(runtime::formats::kStepRowsWord);
  if (dim.symbol == "outputs") return header(runtime::formats::kStepOutputsWord);
  CHECK(dim.symbol == "context", "no plan variable gives {}", dim.symbol);
  return header(runtime::formats::kStepPagesWord) * l_.capacities().page_tokens;
}

Expr ElementKernel::header(std::uint32_t word) {
  return StepView{b, bind(l_.step_buffer(), kU32), l_.step_layout()}.header(word);
}

Expr ElementKernel::page(graph::Value sequences, Expr row, Expr position) {
  const CacheShape shape = cache_shape_of(l_);
  return physical_page(b, bind(l_.page_table_buffer(), kU32), shape, load(sequences, {row}),
                       position / static_cast<double>(shape.page_tokens));
}

MemoryId ElementKernel::bind(std::uint32_t buffer, Type element, bool write) {
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i] == buffer) return {static_cast<std::uint32_t>(i)};
  buffers_.push_back(buffer);
  const std::string name = fmt::format("m{}", buffers_.size() - 1);
  return write ? b.write(name, element) : b.read(name, element);
}

void ElementKernel::dispatch(std::array<SizeExpr, 3> grid) && {
  l_.dispatch(std::move(b).finish(), std::move(buffers_), std::move(grid));
}

}  // namespace codegen::lower
