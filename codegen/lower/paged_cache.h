// SPDX-License-Identifier: Apache-2.0
// How kernels find a position in the paged cache, and the rope row of a step's row.
//
//   keys   [page][kv_head][head_dim / 4][64 positions][4]     lanes of one page, one position each,
//                                                             read neighbouring 16-byte words
//   values [page][kv_head][64 positions][head_dim]            lanes, one dimension each, read
//                                                             neighbouring words
#pragma once

#include "codegen/lower/lowering.h"
#include "ir/kernel/builder.h"

namespace codegen::lower {

// Extents of one layer's pools; head_dim is padded to a multiple of 4 in them.
struct CacheShape {
  std::uint64_t kv_heads = 0, head_dim = 0, page_tokens = 64;
  std::uint64_t pages_per_sequence = 0;

  std::uint64_t head_dim4() const { return (head_dim + 3) / 4; }
  // Elements of one KV head's share of one page.
  std::uint64_t head_elements() const { return page_tokens * head_dim4() * 4; }
};

CacheShape cache_shape_of(const Lowering& l);

// Elements that attention keeps per (row, query head, page): o[head_dim padded to 4], the maximum
// m, the sum l, and padding to a multiple of 4.
constexpr std::uint64_t partial_elements(std::uint64_t head_dim) {
  return (head_dim + 3) / 4 * 4 + 4;
}

// The kernel's view of the buffers that every kernel near the cache needs.
struct StepView {
  ir::kernel::Builder& b;
  ir::kernel::MemoryId step;
  const runtime::formats::StepLayout& layout;

  using Expr = ir::kernel::Expr;
  // A u32 of a section (offset in words) at an index.
  Expr word(std::uint32_t section, Expr index) const;
  // The f32 bits at a word.
  Expr real(Expr word_index) const;
  Expr header(std::uint32_t word_index) const;
  Expr sequence(Expr row) const { return word(layout.sequences, row); }
  Expr position(Expr row) const { return word(layout.positions, row); }
};

// Two elements of a head that the rotary embedding turns together, half a head apart.
struct RotaryPair {
  ir::kernel::Expr first, second;
};
// `rope`: the word of the step where the first one's cosine lies.
RotaryPair rotated(const StepView& view, RotaryPair pair, ir::kernel::Expr rope,
                   std::uint64_t half);

// The physical page of a sequence's logical page.
ir::kernel::Expr physical_page(ir::kernel::Builder& b, ir::kernel::MemoryId page_table,
                               const CacheShape& shape, ir::kernel::Expr sequence,
                               ir::kernel::Expr page);
// First element of (physical page, KV head) in either pool.
ir::kernel::Expr head_base(const CacheShape& shape, ir::kernel::Expr page, ir::kernel::Expr head);
// Element offsets below head_base: dimension i of the key or value at a slot (position % 64).
ir::kernel::Expr key_offset(const CacheShape& shape, ir::kernel::Expr slot, ir::kernel::Expr i);
ir::kernel::Expr value_offset(const CacheShape& shape, ir::kernel::Expr slot, ir::kernel::Expr i);

// The pools of a layer, bound to be written.
struct CacheWriter {
  StepView view;
  ir::kernel::MemoryId page_table, keys, values;
  const CacheShape& shape;
  std::uint32_t rope;  // where the step's rope rows begin

  using Expr = ir::kernel::Expr;
  // Elements i and i + head_dim / 2 of a row's key, not yet rotated, and of its value.
  void store_key(Expr row, Expr head, Expr i, RotaryPair pair) const;
  void store_value(Expr row, Expr head, Expr i, RotaryPair pair) const;

 private:
  void store(ir::kernel::MemoryId pool, Expr (*offset)(const CacheShape& shape, Expr slot, Expr i),
             Expr row, Expr head, Expr i, RotaryPair pair) const;
};

}  // namespace codegen::lower
