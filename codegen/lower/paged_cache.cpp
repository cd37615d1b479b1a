// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/paged_cache.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

CacheShape cache_shape_of(const Lowering& l) {
  return {.kv_heads = static_cast<std::uint64_t>(l.cache().kv_heads),
          .head_dim = static_cast<std::uint64_t>(l.cache().head_dim),
          .page_tokens = l.capacities().page_tokens,
          .pages_per_sequence = l.capacities().pages_per_sequence()};
}

Expr StepView::word(std::uint32_t section, Expr index) const {
  return b.load(step, index + section);
}

Expr StepView::real(Expr word_index) const {
  return b.bitcast(b.load(step, word_index), Scalar::f32);
}

Expr StepView::header(std::uint32_t word_index) const { return b.load(step, b.u32(word_index)); }

RotaryPair rotated(const StepView& view, RotaryPair pair, Expr rope, std::uint64_t half) {
  const auto [first, second] = pair;
  const Expr cosine = view.real(rope), sine = view.real(rope + static_cast<double>(half));
  return {first * cosine - second * sine, second * cosine + first * sine};
}

Expr physical_page(Builder& b, MemoryId page_table, const CacheShape& shape, Expr sequence,
                   Expr page) {
  return b.load(page_table, sequence * static_cast<double>(shape.pages_per_sequence) + page);
}

Expr head_base(const CacheShape& shape, Expr page, Expr head) {
  return (page * static_cast<double>(shape.kv_heads) + head) *
         static_cast<double>(shape.head_elements());
}

Expr key_offset(const CacheShape& shape, Expr slot, Expr i) {
  return ((i >> 2) * static_cast<double>(shape.page_tokens) + slot) * 4 + (i & 3);
}

Expr value_offset(const CacheShape& shape, Expr slot, Expr i) {
  return slot * static_cast<double>(shape.head_dim4() * 4) + i;
}

void CacheWriter::store_key(Expr row, Expr head, Expr i, RotaryPair pair) const {
  const Expr rope_row = row * static_cast<double>(shape.head_dim) + rope;
  store(keys, key_offset, row, head, i, rotated(view, pair, rope_row + i, shape.head_dim / 2));
}

void CacheWriter::store_value(Expr row, Expr head, Expr i, RotaryPair pair) const {
  store(values, value_offset, row, head, i, pair);
}

void CacheWriter::store(MemoryId pool, Expr (*offset)(const CacheShape&, Expr, Expr), Expr row,
                        Expr head, Expr i, RotaryPair pair) const {
  const auto tokens = static_cast<double>(shape.page_tokens);
  const Expr position = view.position(row), slot = position % tokens;
  const Expr page = physical_page(view.b, page_table, shape, view.sequence(row), position / tokens);
  const Expr base = head_base(shape, page, head);
  const std::uint64_t half = shape.head_dim / 2;
  const Expr i2 = i + static_cast<double>(half);
  view.b.store(pool, base + offset(shape, slot, i), pair.first);
  view.b.store(pool, base + offset(shape, slot, i2), pair.second);
}

}  // namespace codegen::lower
