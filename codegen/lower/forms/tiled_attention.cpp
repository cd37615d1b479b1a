// SPDX-License-Identifier: Apache-2.0
// tiled_attention: causal attention of many rows; prefill. One dispatch, nothing is kept between
// pages but what a workgroup holds.
//
//   workgroup (tile of rows, KV head), 64 lanes; the tile's queries, up to 16: rows x heads of the
//   group, go into workgroup memory once, rotated and scaled; then, page by page,
//     1. lane t: scores of position t for every query; a key is read once for all of them
//     2. lane q: the maximum of query q, and how the page is folded into the pages before it
//     3. lane t: weights of position t for every query
//     4. lane i: sums over positions of weight * value[i]; a value is read once for all queries;
//        lane q: the sum of the weights of query q
//
// Rows of a tile may belong to different sequences: the sequences take turns, and each goes over
// its own pages as far as its last row sees. Rows that do not see a position give it the weight 0,
// rows that do not see a page leave what they hold. So the order of additions is that of
// codegen/lower/attention_order.h, and the bits are those of the form for few rows.
#include <fmt/format.h>

#include <algorithm>

#include "codegen/lower/attention_order.h"
#include "codegen/lower/forms/forms.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = kAttentionPage;

// The kernel while it is written. Query q belongs to row q / group of the tile.
class AttentionTile {
 public:
  AttentionTile(const AttentionShape& shape, const runtime::formats::StepLayout& layout,
                std::uint32_t sequences)
      : s(shape),
        sequences_(sequences),
        rows_of_tile_(attention_tile_rows(shape.group(), shape.cache.head_dim)),
        b(fmt::format("attention_tile{}_{}x{}x{}", shape.rope ? "_rope" : "", shape.heads,
                      shape.cache.kv_heads, shape.cache.head_dim),
          {kLanes, 1, 1}),
        queries_(b.read("queries", kVec4F32)),
        step_(b.read("step", kU32)),
        page_table_(b.read("page_table", kU32)),
        keys_(b.read("keys", kVec4F32)),
        values_(b.read("values", kF32)),
        y_(b.write("y", kF32)),
        q_(b.shared("q", kVec4F32, queries() * dim4())),
        weights_(b.shared("weights", kVec4F32, kLanes * fours())),
        largest_of_page_(b.shared("largest_of_page", kF32, queries())),
        old_factors_(b.shared("old_factors", kF32, queries())),
        new_factors_(b.shared("new_factors", kF32, queries())),
        view_{b, step_, layout} {}

  Kernel write() && {
    lane_ = b.local_x();
    kv_head_ = b.workgroup_y();
    first_row_ = b.workgroup_x() * rows_of_tile_;
    last_row_ = view_.header(runtime::formats::kStepRowsWord) - 1;
    load_queries();
    for (std::uint32_t q = 0; q < queries(); ++q)
      for (std::uint32_t d = 0; d < dims(); ++d)
        out_.push_back(b.variable(fmt::format("out{}_{}", q, d), b.f32(0)));
    largest_ = b.variable("largest", b.f32(kHiddenScore));
    total_ = b.variable("total", b.f32(0));
    b.barrier();
    b.loop(0, sequences_, [&](Expr sequence) {
      b.loop(b.u32(0), pages_of(sequence), b.u32(1), [&](Expr page) { fold_page(sequence, page); });
    });
    store();
    return std::move(b).finish();
  }

 private:
  std::uint32_t group() const { return static_cast<std::uint32_t>(s.group()); }
  std::uint32_t queries() const { return rows_of_tile_ * group(); }
  std::uint32_t fours() const { return (queries() + 3) / 4; }  // vec4s of one number per query
  std::uint32_t head_dim() const { return static_cast<std::uint32_t>(s.cache.head_dim); }
  std::uint32_t dim4() const { return head_dim() / 4; }
  std::uint32_t dims() const { return (head_dim() + kLanes - 1) / kLanes; }  // of each lane

  // After the last row of the step it is repeated; nothing of the repetitions is stored.
  Expr row(Expr of_tile) { return b.binary(BinaryKind::min, first_row_ + of_tile, last_row_); }
  Expr row(std::uint32_t of_tile) { return row(b.u32(of_tile)); }

  Expr four_words(Expr first) {
    return b.vector(
        {view_.real(first), view_.real(first + 1), view_.real(first + 2), view_.real(first + 3)});
  }

  void load_queries() {
    const std::uint32_t half4 = dim4() / 2;
    b.loop(lane_, b.u32(std::uint64_t{queries()} * half4), b.u32(kLanes), [&](Expr index) {
      const Expr query = index / half4, i = index % half4;
      const Expr from_row = row(query / group());
      const Expr head = kv_head_ * group() + query % group();
      const std::uint64_t stride4 = s.query_stride / 4;
      const Expr from = from_row * static_cast<double>(stride4) + head * dim4() + i;
      Expr x = b.load(queries_, from) * s.scale, y = b.load(queries_, from + half4) * s.scale;
      if (s.rope) {
        const std::uint32_t half = head_dim() / 2;
        const Expr rope = from_row * head_dim() + *s.rope + i * 4;
        const Expr cosine = four_words(rope), sine = four_words(rope + half);
        const Expr turned = x * cosine - y * sine;
        y = y * cosine + x * sine;
        x = turned;
      }
      b.store(q_, query * dim4() + i, x);
      b.store(q_, query * dim4() + i + half4, y);
    });
  }

  // How many positions of a page a row sees; 0 where the sequence is not its own.
  Expr visible(Expr at_row, Expr sequence, Expr page) {
    const Expr position = view_.position(at_row), first = page * kLanes;
    const Expr count = b.binary(BinaryKind::min, position - first + 1, b.u32(kLanes));
    return b.select(view_.sequence(at_row) == sequence && first <= position, count, b.u32(0));
  }

  Expr pages_of(Expr sequence) {
    Expr most = b.u32(0);
    for (std::uint32_t r = 0; r < rows_of_tile_; ++r) {
      const Expr pages = view_.position(row(r)) / kLanes + 1;
      const Expr own = b.select(view_.sequence(row(r)) == sequence, pages, b.u32(0));
      most = b.binary(BinaryKind::max, most, own);
    }
    return most;
  }

  void fold_page(Expr sequence, Expr page) {
    std::vector<Expr> seen;  // by row
    Expr most = b.u32(0);
    for (std::uint32_t r = 0; r < rows_of_tile_; ++r) {
      seen.push_back(visible(row(r), sequence, page));
      most = b.binary(BinaryKind::max, most, seen.back());
    }
    const Expr base =
        head_base(s.cache, physical_page(b, page_table_, s.cache, sequence, page), kv_head_);
    const std::vector<Expr> scores = score(base >> 2, most, seen);
    store_weights(scores);
    b.barrier();
    b.when(lane_ < static_cast<double>(queries()), [&] { fold_maximum(sequence, page, most); });
    b.barrier();
    std::vector<Expr> weights;
    for (std::uint32_t q = 0; q < queries(); ++q) {
      const Expr weight = b.unary(UnaryKind::exp, scores[q] - b.load(largest_of_page_, b.u32(q)));
      weights.push_back(b.select(lane_ < seen[q / group()], weight, b.f32(0)));
    }
    store_weights(weights);
    b.barrier();
    fold_values(base, most);
    b.when(lane_ < static_cast<double>(queries()), [&] { fold_total(most); });
    b.barrier();  // the next page overwrites the weights
  }

  // Scores of this lane's position, one per query.
  std::vector<Expr> score(Expr base4, Expr most, const std::vector<Expr>& seen) {
    std::vector<VariableId> sums;
    for (std::uint32_t q = 0; q < queries(); ++q)
      sums.push_back(b.variable(fmt::format("score{}", q), b.f32(0)));
    b.when(lane_ < most, [&] {
      b.loop(0, dim4(), [&](Expr d) {
        const Expr key = b.load(keys_, base4 + d * kLanes + lane_);
        for (std::uint32_t q = 0; q < queries(); ++q)
          b.accumulate(sums[q], b.dot(key, b.load(q_, d + q * dim4())));
      });
    });
    std::vector<Expr> scores;
    for (std::uint32_t q = 0; q < queries(); ++q)
      scores.push_back(b.select(lane_ < seen[q / group()], b.get(sums[q]), b.f32(kHiddenScore)));
    return scores;
  }

  // One number per query for this lane's position.
  void store_weights(const std::vector<Expr>& numbers) {
    const auto number = [&](std::uint32_t q) { return q < numbers.size() ? numbers[q] : b.f32(0); };
    for (std::uint32_t j = 0; j < fours(); ++j)
      b.store(weights_, lane_ * fours() + j,
              b.vector({number(4 * j), number(4 * j + 1), number(4 * j + 2), number(4 * j + 3)}));
  }

  // What store_weights stored for this lane's query at a position.
  Expr own_weight(Expr position) {
    return b.extract(b.load(weights_, position * fours() + (lane_ >> 2)), lane_ & 3);
  }

  void fold_maximum(Expr sequence, Expr page, Expr most) {
    const VariableId of_page = b.variable("of_page", b.f32(kHiddenScore));
    b.loop(b.u32(0), most, b.u32(1), [&](Expr t) {
      b.set(of_page, b.binary(BinaryKind::max, b.get(of_page), own_weight(t)));
    });
    const PageFold fold(b, b.get(largest_), b.get(of_page));
    const Expr is_seen = visible(row(lane_ / group()), sequence, page) > b.u32(0);
    b.store(largest_of_page_, lane_, b.get(of_page));
    b.store(old_factors_, lane_, b.select(is_seen, fold.old_factor, b.f32(1)));
    b.store(new_factors_, lane_, b.select(is_seen, fold.new_factor, b.f32(0)));
    b.set(largest_, fold.largest);
  }

  void fold(VariableId held, Expr of_page, Expr query) {
    b.set(held,
          folded(b.get(held), b.load(old_factors_, query), of_page, b.load(new_factors_, query)));
  }

  void fold_values(Expr base, Expr most) {
    std::vector<VariableId> sums;
    std::vector<Expr> dimension;  // those of a narrow head end before the last lane
    for (std::uint32_t d = 0; d < dims(); ++d)
      dimension.push_back(
          b.binary(BinaryKind::min, lane_ + d * kLanes, b.u32(s.cache.head_dim - 1)));
    for (std::size_t i = 0; i < out_.size(); ++i)
      sums.push_back(b.variable(fmt::format("of_values{}", i), b.f32(0)));
    b.loop(b.u32(0), most, b.u32(1), [&](Expr t) {
      std::vector<Expr> weights, values;
      for (std::uint32_t j = 0; j < fours(); ++j)
        weights.push_back(b.load(weights_, t * fours() + j));
      for (const Expr i : dimension)
        values.push_back(b.load(values_, base + value_offset(s.cache, t, i)));
      for (std::uint32_t q = 0; q < queries(); ++q)
        for (std::uint32_t d = 0; d < dims(); ++d)
          b.accumulate(sums[q * dims() + d], b.extract(weights[q / 4], q % 4) * values[d]);
    });
    for (std::size_t i = 0; i < out_.size(); ++i) fold(out_[i], b.get(sums[i]), b.u32(i / dims()));
  }

  void fold_total(Expr most) {
    const VariableId of_page = b.variable("weight_sum", b.f32(0));
    b.loop(b.u32(0), most, b.u32(1), [&](Expr t) { b.accumulate(of_page, own_weight(t)); });
    fold(total_, b.get(of_page), lane_);
  }

  void store() {
    const std::uint64_t width = s.heads * s.cache.head_dim, stride = row_stride(width);
    b.when(lane_ < static_cast<double>(queries()),
           [&] { b.store(largest_of_page_, lane_, b.get(total_)); });
    b.barrier();
    for (std::uint32_t r = 0; r < rows_of_tile_; ++r)
      b.when(first_row_ + r <= last_row_, [&] {
        const Expr out = (first_row_ + r) * static_cast<double>(stride);
        for (std::uint32_t q = r * group(); q < (r + 1) * group(); ++q)
          store_query(q, out + (kv_head_ * group() + q % group()) * head_dim());
        if (stride > width)  // the last heads clear the padding of the row
          b.when(kv_head_ == static_cast<double>(s.cache.kv_heads - 1) &&
                     lane_ < b.u32(stride - width),
                 [&] { b.store(y_, out + static_cast<double>(width) + lane_, b.f32(0)); });
      });
  }

  void store_query(std::uint32_t q, Expr out) {
    for (std::uint32_t d = 0; d < dims(); ++d) {
      const Expr i = lane_ + d * kLanes;
      const auto store = [&] {
        b.store(y_, out + i, b.get(out_[q * dims() + d]) / b.load(largest_of_page_, b.u32(q)));
      };
      if ((d + 1) * kLanes <= head_dim())
        store();
      else
        b.when(i < static_cast<double>(head_dim()), store);
    }
  }

  const AttentionShape& s;  // NOLINT: named as in attention.cpp
  std::uint32_t sequences_, rows_of_tile_;
  Builder b;  // NOLINT: named as everywhere
  MemoryId queries_, step_, page_table_, keys_, values_, y_;
  MemoryId q_, weights_, largest_of_page_, old_factors_, new_factors_;
  StepView view_;
  Expr lane_, kv_head_, first_row_, last_row_;
  std::vector<VariableId> out_;  // [query][dimension of this lane]
  VariableId largest_, total_;   // of query number `lane`
};

}  // namespace

bool lower_tiled_attention(const ir::graph::Node& node, Lowering& l) {
  const std::optional<AttentionShape> s = match_attention(node.op, l);
  if (!s || s->cache.page_tokens != kAttentionPage) return false;
  const std::uint32_t tile = attention_tile_rows(s->group(), s->cache.head_dim);
  const SizeExpr rows = l.rows_of(s->queries);
  if (tile == 0 || rows != SizeExpr("rows")) return false;
  l.only_when(greater(rows, attention_few_rows(s->heads, s->cache.head_dim, l.capacities())));
  const CachePools& pools = l.pools(s->layer);
  l.dispatch(AttentionTile(*s, l.step_layout(), l.capacities().max_sequences).write(),
             {l.place(s->queries).buffer, l.step_buffer(), l.page_table_buffer(), pools.keys,
              pools.values, l.allocate(node.result).buffer},
             {ceil_div(rows, std::uint64_t{tile}), s->cache.kv_heads, 1});
  return true;
}

}  // namespace codegen::lower
