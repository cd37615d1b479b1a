// SPDX-License-Identifier: Apache-2.0
// ElementKernel: a kernel of the generic form under construction. It reads single elements of
// values, wherever and however they are stored, and binds buffers as they are first used.
//
//   ElementKernel k("generic_add", l);
//   Expr sum = k.load(op.a, {row, column}) + k.load(op.b, {row, column});
#pragma once

#include <string>
#include <vector>

#include "codegen/lower/lowering.h"
#include "codegen/lower/paged_cache.h"
#include "ir/kernel/builder.h"

namespace codegen::lower {

using Coordinates = std::vector<ir::kernel::Expr>;

inline ir::kernel::Type element_of(const ir::graph::TensorType& type) {
  return type.dtype == ir::DType::u32 ? ir::kernel::kU32 : ir::kernel::kF32;
}

class ElementKernel {
 public:
  using Expr = ir::kernel::Expr;
  static constexpr std::uint32_t kLanes = 64;

  ElementKernel(std::string name, Lowering& l) : b(std::move(name), {kLanes, 1, 1}), l_(l) {}

  // One element of a value. Coordinates are broadcast: aligned at the right, 0 where the extent
  // is 1. Of a weight in several parts, `part` must hold the row.
  Expr load(ir::graph::Value v, const Coordinates& at);
  // Where an element lies inside its buffer, in elements.
  Expr address(const ir::graph::TensorType& type, const Coordinates& at);
  // The row-major number of an element, and back.
  Expr flatten(const ir::graph::Shape& shape, const Coordinates& at);
  Coordinates unflatten(const ir::graph::Shape& shape, Expr index);
  // An extent, read from the step where it is symbolic.
  Expr extent(const ir::graph::Dim& dim);
  // The physical page of a row's position.
  Expr page(ir::graph::Value sequences, Expr row, Expr position);

  ir::kernel::MemoryId bind(std::uint32_t buffer, ir::kernel::Type element, bool write = false);
  void dispatch(std::array<ir::kernel::SizeExpr, 3> grid) &&;

  ir::kernel::Builder b;
  std::size_t part = 0;  // of weights that lie in several

 private:
  Expr header(std::uint32_t word);
  Expr load_weight(ir::graph::Value v, const Coordinates& at);

  Lowering& l_;
  std::vector<std::uint32_t> buffers_;
};

}  // namespace codegen::lower
