// SPDX-License-Identifier: Apache-2.0
// The search for the border of top_k and top_p: the least distance at which so many tokens, or so
// much weight, lie before it or at it. Like a radix sort of which only one key is wanted:
//
//   histogram   each chunk: tokens and weight by the next 4 bits of their distance
//   settle      the bucket in which the border lies; after the last one the border is known, and
//               how many of the tokens at it are kept, in order of ids. Then top_p's search begins
//               with what top_k has kept.
#include "codegen/lower/draw/row.h"
#include "codegen/lower/reduction.h"

namespace codegen::lower::draw {

using namespace ir::kernel;  // NOLINT
using runtime::formats::DrawWord;
using runtime::formats::StepLayout;

namespace {

constexpr std::uint32_t kTiles = kChunkTokens / kLanes;  // of a chunk: a token for each lane
constexpr std::uint32_t kParts = kLanes / kBuckets;      // of a tile, each counted by 16 lanes

Expr word_at(Expr output, SearchWord word) {
  return output * static_cast<double>(kSearchWords) + static_cast<double>(word);
}

// Puts the next tokens of a chunk into workgroup memory: the buckets of all, 16 if in none, then
// their weights.
void load_tile(Builder& b, const RowShape& shape, MemoryId distances, MemoryId search,
               MemoryId tokens, Expr tile) {
  const Expr output = b.workgroup_y(), lane = b.local_x();
  const Expr base = b.load(search, word_at(output, SearchWord::base));
  const Expr shift = b.load(search, word_at(output, SearchWord::shift));
  const Expr first = output * static_cast<double>(shape.padded()) +
                     b.workgroup_x() * static_cast<double>(kChunkTokens) +
                     tile * static_cast<double>(kLanes);
  const Expr distance = b.load(distances, first + lane);
  const Expr bucket = b.binary(BinaryKind::shift_right, distance - base, shift);
  // Until a search has found it, the border is the limit of min_p.
  const Expr border = b.load(search, word_at(output, SearchWord::border));
  const Expr ties = b.load(search, word_at(output, SearchWord::ties));
  const Expr is_kept =
      b.binary(BinaryKind::logical_or, distance < border, distance == border && b.u32(0) < ties);
  const Expr counts = base <= distance && is_kept && bucket < static_cast<double>(kBuckets);
  b.store(tokens, lane, b.select(counts, bucket, b.u32(kBuckets)));
  b.store(tokens, lane + kLanes, weight(b, distance));
}

}  // namespace

Kernel write_histogram(const RowShape& shape) {
  Builder b("draw_histogram", {kLanes, 1, 1});
  const MemoryId search = b.read("search", kU32), distances = b.read("distances", kU32),
                 sums = b.write("sums", kU32);
  // The tokens of a tile, and after the last one the sums of each lane.
  static_assert(kSums >= 2);
  const MemoryId shared = b.shared("tile", kU32, kLanes * kSums);
  const Expr chunk = b.workgroup_x(), output = b.workgroup_y(), lane = b.local_x();
  const Expr bucket = lane % static_cast<double>(kBuckets), part = lane / kBuckets;
  const VariableId high = b.variable("high", b.u32(0)), low = b.variable("low", b.u32(0)),
                   count = b.variable("count", b.u32(0));
  const Expr phase = b.load(search, word_at(output, SearchWord::phase));
  // An output whose search is over is not looked at.
  const Expr tiles = b.select(phase < kDone, b.u32(kTiles), b.u32(0));
  b.loop(b.u32(0), tiles, b.u32(1), [&](Expr tile) {
    load_tile(b, shape, distances, search, shared, tile);
    b.barrier();
    b.loop(0, kBuckets, [&](Expr i) {
      const Expr at = i * static_cast<double>(kParts) + part;
      const Expr is_mine = b.load(shared, at) == bucket;
      const Expr counted = b.select(is_mine, b.load(shared, at + kLanes), b.u32(0));
      b.accumulate(high, counted >> 16);
      b.accumulate(low, counted & 0xffff);
      b.accumulate(count, b.select(is_mine, b.u32(1), b.u32(0)));
    });
    b.barrier();
  });
  store_sums(b, shared, lane, {{b.get(high), b.get(low)}, b.get(count)});
  b.barrier();
  b.when(lane < kBuckets, [&] {
    for (const VariableId sum : {high, low, count}) b.set(sum, b.u32(0));
    b.loop(0, kParts, [&](Expr i) {
      const Sums some = load_sums(b, shared, i * static_cast<double>(kBuckets) + lane);
      b.accumulate(high, some.weight.high);
      b.accumulate(low, some.weight.low);
      b.accumulate(count, some.count);
    });
    const Expr at =
        (output * static_cast<double>(shape.chunks()) + chunk) * static_cast<double>(kBuckets) +
        lane;
    store_sums(b, sums, at,
               {{b.get(high) + (b.get(low) >> 16), b.get(low) & 0xffff}, b.get(count)});
  });
  return std::move(b).finish();
}

namespace {

// One lane's work: the bucket of the border, and what follows from it.
class Settlement {
 public:
  Settlement(Builder& b, MemoryId search, MemoryId totals, const Settings& settings)
      : b_(b), search_(search), totals_(totals), settings_(settings), output_(b.workgroup_x()) {}

  void write() {
    const Wide none{b_.u32(0), b_.u32(0)};
    const WideVariable sum = variable(b_, "sum", none);
    b_.loop(0, kBuckets, [&](Expr bucket) {
      sum.set(b_, add(sum.get(b_), load_sums(b_, totals_, bucket).weight));
    });
    const Expr counts_tokens = load(SearchWord::phase) == kOfTokens;
    const WideVariable need =
        variable(b_, "need", {load(SearchWord::need_high), load(SearchWord::need_low)});
    b_.when(load(SearchWord::phase) == kOfWeight && load(SearchWord::shift) == kFirstShift, [&] {
      const Wide kept{load(SearchWord::total_high), load(SearchWord::total_low)};
      const Expr unknown = (kept.high | kept.low) == 0;
      need.set(b_, share_of(b_, select(b_, unknown, sum.get(b_), kept),
                            settings_.word(DrawWord::top_p)));
    });
    const WideVariable before = variable(b_, "before", none),
                       weight_before = variable(b_, "passed", none);
    const VariableId found = b_.variable("found", b_.u32(kBuckets));
    b_.loop(0, kBuckets, [&](Expr bucket) {
      b_.when(b_.get(found) == kBuckets, [&] {
        const Sums here = load_sums(b_, totals_, bucket);
        const Wide amount = select(b_, counts_tokens, wide(b_, here.count), here.weight);
        const Wide next = add(before.get(b_), amount);
        b_.when(
            is_less(b_, next, need.get(b_)),
            [&] {
              before.set(b_, next);
              weight_before.set(b_, add(weight_before.get(b_), here.weight));
            },
            [&] { b_.set(found, bucket); });
      });
    });
    b_.when(
        b_.get(found) == kBuckets,
        [&] { finish(sum.get(b_), counts_tokens); },  // fewer tokens than top_k
        [&] {
          const Wide passed = add({load(SearchWord::passed_high), load(SearchWord::passed_low)},
                                  weight_before.get(b_));
          enter(b_.get(found), subtract(need.get(b_), before.get(b_)), passed, counts_tokens);
        });
  }

 private:
  Expr load(SearchWord word) { return b_.load(search_, word_at(output_, word)); }
  void store(SearchWord word, Expr value) { b_.store(search_, word_at(output_, word), value); }
  void store(SearchWord high, SearchWord low, const Wide& value) {
    store(high, value.high);
    store(low, value.low);
  }

  // The border lies in this bucket; of the last round's buckets, it is this one.
  void enter(Expr bucket, const Wide& need, const Wide& passed, Expr counts_tokens) {
    const Expr shift = load(SearchWord::shift);
    const Expr base = load(SearchWord::base) + b_.binary(BinaryKind::shift_left, bucket, shift);
    b_.when(
        shift == 0,
        [&] {
          const Expr unit = weight(b_, base);
          const VariableId ties = b_.variable("ties", need.high << 16 | need.low);
          b_.when(b_.unary(UnaryKind::logical_not, counts_tokens),
                  [&] { b_.set(ties, units_in(b_, need, unit)); });
          store(SearchWord::border, base);
          store(SearchWord::ties, b_.get(ties));
          finish(add(passed, product(b_, b_.get(ties), unit)), counts_tokens);
        },
        [&] {
          store(SearchWord::base, base);
          store(SearchWord::shift, shift - static_cast<double>(kBucketBits));
          store(SearchWord::need_high, SearchWord::need_low, need);
          store(SearchWord::passed_high, SearchWord::passed_low, passed);
        });
  }

  // After top_k comes top_p, if it is wanted.
  void finish(const Wide& total, Expr counts_tokens) {
    const Expr goes_on = b_.binary(BinaryKind::logical_and, counts_tokens,
                                   b_.u32(0) < settings_.word(DrawWord::top_p));
    const Expr zero = b_.u32(0);
    store(SearchWord::phase, b_.select(goes_on, b_.u32(kOfWeight), b_.u32(kDone)));
    store(SearchWord::base, zero);
    store(SearchWord::shift, b_.u32(kFirstShift));
    store(SearchWord::passed_high, SearchWord::passed_low, {zero, zero});
    store(SearchWord::total_high, SearchWord::total_low, total);
  }

  Builder& b_;
  MemoryId search_, totals_;
  const Settings& settings_;
  Expr output_;
};

}  // namespace

Kernel write_settle(const RowShape& shape, const StepLayout& step_layout) {
  Builder b("draw_settle", {kBuckets, 1, 1});
  const MemoryId step = b.read("step", kU32), state = b.read("state", kU32),
                 sums = b.read("sums", kU32), search = b.write("search", kU32);
  const MemoryId totals = b.shared("totals", kU32, kBuckets * kSums);
  const Expr output = b.workgroup_x(), lane = b.local_x();
  const Settings settings(b, step, state, output, step_layout, shape.vocabulary);
  const WideVariable weight = variable(b, "weight", {b.u32(0), b.u32(0)});
  const VariableId count = b.variable("count", b.u32(0));
  b.loop(0, shape.chunks(), [&](Expr chunk) {
    const Expr at =
        (output * static_cast<double>(shape.chunks()) + chunk) * static_cast<double>(kBuckets) +
        lane;
    const Sums some = load_sums(b, sums, at);
    weight.set(b, add(weight.get(b), some.weight));
    b.accumulate(count, some.count);
  });
  store_sums(b, totals, lane, {weight.get(b), b.get(count)});
  b.barrier();
  b.when(lane == 0, [&] {
    const Expr phase = b.load(search, word_at(output, SearchWord::phase));
    b.when(phase < kDone, [&] { Settlement(b, search, totals, settings).write(); });
  });
  return std::move(b).finish();
}

Kernel write_measure(const RowShape& shape) {
  Builder b("draw_measure", {kLanes, 1, 1});
  const MemoryId search = b.read("search", kU32), distances = b.read("distances", kU32),
                 masses = b.write("masses", kU32);
  const Expr chunk = b.workgroup_x(), output = b.workgroup_y();
  const Expr border = b.load(search, word_at(output, SearchWord::border));
  const VariableId high = b.variable("high", b.u32(0)), low = b.variable("low", b.u32(0)),
                   ties = b.variable("ties", b.u32(0));
  b.loop(0, kLaneTokens, [&](Expr i) {
    const Expr at = output * static_cast<double>(shape.padded()) +
                    chunk * static_cast<double>(kChunkTokens) + i * static_cast<double>(kLanes) +
                    b.local_x();
    const Expr distance = b.load(distances, at);
    const Expr counted = b.select(distance < border, weight(b, distance), b.u32(0));
    b.accumulate(high, counted >> 16);
    b.accumulate(low, counted & 0xffff);
    b.accumulate(ties, b.select(distance == border, b.u32(1), b.u32(0)));
  });
  const auto sums = over_workgroup(b, {SubgroupKind::add, "weights", kLanes},
                                   {b.get(high), b.get(low), b.get(ties)}, {});
  b.when(b.local_x() == 0, [&] {
    store_sums(b, masses, output * static_cast<double>(shape.chunks()) + chunk,
               {{sums[0] + (sums[1] >> 16), sums[1] & 0xffff}, sums[2]});
  });
  return std::move(b).finish();
}

}  // namespace codegen::lower::draw
