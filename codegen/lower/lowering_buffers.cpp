// SPDX-License-Identifier: Apache-2.0
// The buffers of a program under construction: their places and sizes.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codegen/lower/lowering.h"
#include "ir/support/check.h"

namespace codegen::lower {

using namespace ir::graph;  // NOLINT
using ir::kernel::BufferRole;
using ir::kernel::SizeExpr;

namespace {

std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

// Every distinct rope table of the graph becomes rows that the host computes for each step.
void Lowering::add_rope_rows() {
  std::vector<std::uint32_t> widths;
  for (const Function& function : graph_.functions)
    for (const Node& node : function.nodes)
      if (const auto* table = std::get_if<RopeTable>(&node.op)) {
        const bool known = std::any_of(
            program_.rope.begin(), program_.rope.end(), [&](const ir::kernel::RopeRows& rows) {
              return rows.frequencies == table->frequencies && rows.scale == table->scale;
            });
        if (known) continue;
        program_.rope.push_back({table->frequencies, table->scale});
        widths.push_back(static_cast<std::uint32_t>(table->frequencies.size() * 2));
      }
  step_layout_ = runtime::formats::make_step_layout(program_.capacities.max_rows, widths);
}

Place Lowering::rope_place(const RopeTable& table) const {
  for (std::size_t i = 0; i < program_.rope.size(); ++i)
    if (program_.rope[i].frequencies == table.frequencies && program_.rope[i].scale == table.scale)
      return {.buffer = step_, .offset = step_layout_.rope[i], .in_step = true};
  CHECK(false, "a rope table appeared during lowering");
  return {};
}

void Lowering::add_buffers() {
  const auto& capacities = program_.capacities;
  tokens_ = add_buffer("tokens", BufferRole::tokens,
                       round_up(std::uint64_t{capacities.max_rows} * 4, 16));
  step_ = add_buffer("step", BufferRole::step, step_layout_.slot_bytes());
  page_table_ = add_buffer(
      "page_table", BufferRole::page_table,
      round_up(std::uint64_t{capacities.max_sequences} * capacities.pages_per_sequence() * 4, 16));
  for (std::uint32_t i = 0; i < graph_.weights.size(); ++i) add_weight(i);
  for (const Function& function : graph_.functions)
    for (const Type& type : function.types)
      if (const auto* cache = std::get_if<CacheType>(&type)) cache_ = cache;
  if (!cache_) return;
  const std::uint64_t page_bytes = static_cast<std::uint64_t>(cache_->kv_heads) *
                                   capacities.page_tokens *
                                   round_up(static_cast<std::uint64_t>(cache_->head_dim), 4) * 4;
  for (std::int64_t layer = 0; layer < cache_->layers; ++layer) {
    const SizeExpr bytes = SizeExpr("page_capacity") * page_bytes;
    pools_.push_back({add_buffer(fmt::format("keys.{}", layer), BufferRole::cache, bytes),
                      add_buffer(fmt::format("values.{}", layer), BufferRole::cache, bytes)});
  }
}

// A matrix that is too large for one buffer is cut into parts, all but the last of equal size.
void Lowering::add_weight(std::uint32_t index) {
  const WeightDecl& decl = graph_.weights[index];
  program_.weights.push_back({decl.name, decl.shape, decl.encoding});
  const auto n = static_cast<std::uint64_t>(decl.shape[0]);
  const auto k = static_cast<std::uint64_t>(decl.shape.size() == 2 ? decl.shape[1] : 1);
  const ir::EncodedShape shape = ir::encoded_shape(decl.encoding, n, k);
  std::vector<WeightPart>& parts = weight_parts_.emplace_back();
  if (shape.bytes() <= options_.max_weight_bytes || ir::info_of(decl.encoding).columns == 1) {
    parts.push_back(
        {add_buffer(decl.name, BufferRole::weight, round_up(shape.bytes(), 16), index), {0, n}});
    return;
  }
  const std::uint64_t unit_bytes = ir::encoded_shape(decl.encoding, kPartRows, k).bytes();
  const std::uint64_t units = std::max<std::uint64_t>(options_.max_weight_bytes / unit_bytes, 1);
  const std::uint64_t rows = units * kPartRows;
  for (std::uint64_t first = 0; first < n; first += rows) {
    const ir::kernel::RowRange part{first, std::min(rows, n - first)};
    const std::uint64_t bytes = ir::encoded_shape(decl.encoding, part.count, k).bytes();
    const std::uint32_t buffer = add_buffer(fmt::format("{}.{}", decl.name, parts.size()),
                                            BufferRole::weight, round_up(bytes, 16), index);
    program_.buffers[buffer].rows = part;
    parts.push_back({buffer, part});
  }
}

// Bytes of a value at full capacity; with the context among its extents, the buffer grows with the
// cache.
SizeExpr Lowering::capacity_bytes(const TensorType& type) const {
  std::uint64_t elements = 1;
  bool grows = false;
  for (std::size_t axis = 0; axis < type.shape.size(); ++axis) {
    const Dim& dim = type.shape[axis];
    if (dim.symbol == "context") {
      grows = true;
      elements *= program_.capacities.page_tokens;
    } else if (dim.symbol == "outputs") {
      elements *= program_.capacities.max_sequences;
    } else if (!dim.is_constant()) {
      elements *= program_.capacities.max_rows;
    } else {
      const auto extent = static_cast<std::uint64_t>(dim.extent);
      elements *= is_row_shape(type) && axis == 1 ? row_stride(extent) : extent;
    }
  }
  const std::uint64_t bytes = round_up(elements * 4, 16);
  return grows ? SizeExpr("page_capacity") * bytes : SizeExpr(bytes);
}

Place Lowering::allocate(Value v) {
  if (const auto& known = scope_.places[v.id]) return *known;
  if (const auto fixed = scope_.fixed.find(v.id); fixed != scope_.fixed.end()) {
    scope_.places[v.id] = fixed->second;
    return fixed->second;
  }
  const Place place{.buffer = scratch(fmt::format("{}.{}", provenance_, program_.buffers.size()),
                                      capacity_bytes(scope_.function->tensor_type_of(v)))};
  scope_.places[v.id] = place;
  return place;
}

std::uint32_t Lowering::scratch(std::string name, const SizeExpr& bytes) {
  return add_buffer(std::move(name), BufferRole::scratch, bytes);
}

std::uint32_t Lowering::add_buffer(std::string name, BufferRole role, SizeExpr bytes,
                                   std::uint32_t weight) {
  program_.buffers.push_back({std::move(name), role, std::move(bytes), weight});
  return static_cast<std::uint32_t>(program_.buffers.size() - 1);
}

}  // namespace codegen::lower
