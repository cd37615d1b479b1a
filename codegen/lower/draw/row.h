// SPDX-License-Identifier: Apache-2.0
// What the kernels of a draw share: how a row of tokens is cut, where the numbers of its search
// lie, and how they read what the host keeps for its sequence.
//
//   keys       u32[outputs][padded]       order of the adjusted logits; from weigh on: distances
//   largest    u32[outputs][chunks]       the largest key
//   masses     u32[outputs][chunks][3]    weight before the border (Wide), tokens at the border
//   buckets    u32[outputs][chunks][16][3]   weight (Wide) and tokens of each bucket
//   search     u32[outputs][SearchWord]
#pragma once

#include "codegen/lower/draw/arithmetic.h"
#include "codegen/lower/lowering.h"
#include "runtime/formats/draw_layout.h"

namespace codegen::lower::draw {

inline constexpr std::uint32_t kLanes = 256;
inline constexpr std::uint32_t kLaneTokens = 16;
inline constexpr std::uint32_t kChunkTokens = kLanes * kLaneTokens;

// A search finds the border's distance bucket by bucket.
inline constexpr std::uint32_t kBucketBits = 4;
inline constexpr std::uint32_t kBuckets = 1U << kBucketBits;
inline constexpr std::uint32_t kRounds = runtime::formats::kDistanceBits / kBucketBits;
inline constexpr std::uint32_t kFirstShift = runtime::formats::kDistanceBits - kBucketBits;
inline constexpr std::uint32_t kSums = 3;  // of a bucket or a chunk

enum class SearchWord : std::uint32_t {
  phase,  // SearchPhase
  first,  // 1: the first of the most likely tokens is taken, and nothing is drawn
  // Tokens of distance < border are kept, and of those at the border the first `ties`.
  border,
  ties,
  base,  // the border lies in [base, base + 16 << shift)
  shift,
  need_high,  // what is wanted from `base` on: tokens (top_k), or weight (top_p)
  need_low,
  passed_high,  // weight before `base`
  passed_low,
  total_high,  // weight of what top_k keeps; 0: there is no top_k
  total_low,
};
inline constexpr std::uint32_t kSearchWords = 12;
enum SearchPhase : std::uint32_t { kOfTokens = 0, kOfWeight = 1, kDone = 2 };

// How a row of logits lies in memory.
struct RowShape {
  std::uint64_t vocabulary = 0;

  std::uint64_t stride() const { return row_stride(vocabulary); }
  std::uint64_t chunks() const { return (vocabulary + kChunkTokens - 1) / kChunkTokens; }
  std::uint64_t padded() const { return chunks() * kChunkTokens; }
};

// What the host keeps for the sequence of an output.
class Settings {
 public:
  Settings(Builder& b, ir::kernel::MemoryId step, ir::kernel::MemoryId state, Expr output,
           const runtime::formats::StepLayout& step_layout, std::uint64_t vocabulary)
      : layout(runtime::formats::make_draw_layout(static_cast<std::uint32_t>(vocabulary))),
        b_(b),
        state_(state),
        row_(b.load(step, output + static_cast<double>(step_layout.selected))),
        first_(b.load(step, row_ + static_cast<double>(step_layout.sequences)) *
               static_cast<double>(layout.sequence_words)) {}

  const runtime::formats::DrawLayout layout;

  Expr row() const { return row_; }  // of the step
  // The index of a word of the sequence.
  Expr at(Expr word) const { return first_ + word; }
  Expr word(runtime::formats::DrawWord word) const {
    return b_.load(state_, first_ + static_cast<double>(word));
  }
  Expr real(runtime::formats::DrawWord which) const {
    return b_.bitcast(word(which), ir::kernel::Scalar::f32);
  }
  Expr has(Expr flags, runtime::formats::DrawFlag flag) const {
    return b_.binary(ir::kernel::BinaryKind::not_equal, flags & static_cast<double>(flag),
                     b_.u32(0));
  }
  // A token's word in one of the parts.
  Expr of_token(std::uint32_t part, Expr token) const {
    return b_.load(state_, first_ + token + static_cast<double>(part));
  }

 private:
  Builder& b_;
  ir::kernel::MemoryId state_;
  Expr row_, first_;
};

// Three numbers that lie one after the other: a weight and a count.
struct Sums {
  Wide weight;
  Expr count;
};
inline Sums load_sums(Builder& b, ir::kernel::MemoryId memory, Expr index) {
  const Expr at = index * static_cast<double>(kSums);
  return {{b.load(memory, at), b.load(memory, at + 1.0)}, b.load(memory, at + 2.0)};
}
inline void store_sums(Builder& b, ir::kernel::MemoryId memory, Expr index, const Sums& sums) {
  const Expr at = index * static_cast<double>(kSums);
  b.store(memory, at, sums.weight.high);
  b.store(memory, at + 1.0, sums.weight.low);
  b.store(memory, at + 2.0, sums.count);
}

// The kernels. Workgroups are (chunk, output), or (output).
ir::kernel::Kernel write_adjust(const RowShape& shape, const runtime::formats::StepLayout& step);
ir::kernel::Kernel write_weigh(const RowShape& shape, const runtime::formats::StepLayout& step);
ir::kernel::Kernel write_histogram(const RowShape& shape);
ir::kernel::Kernel write_settle(const RowShape& shape, const runtime::formats::StepLayout& step);
ir::kernel::Kernel write_measure(const RowShape& shape);
ir::kernel::Kernel write_pick(const RowShape& shape, const runtime::formats::StepLayout& step);
ir::kernel::Kernel write_likeliest(const RowShape& shape);
ir::kernel::Kernel write_merge(const RowShape& shape);

}  // namespace codegen::lower::draw
