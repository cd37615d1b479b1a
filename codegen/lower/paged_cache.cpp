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

}  // namespace codegen::lower
