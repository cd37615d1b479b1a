// SPDX-License-Identifier: Apache-2.0
// adjust: bias, penalties and mask, in the order of runtime/host/sampler.h. weigh: how far each
// token then lies behind the most likely one.
#include "codegen/lower/draw/row.h"
#include "codegen/lower/reduction.h"

namespace codegen::lower::draw {

using namespace ir::kernel;  // NOLINT
using runtime::formats::DrawWord;
using runtime::formats::StepLayout;
namespace formats = runtime::formats;

namespace {

// WGSL lets a GPU join this operation and the next into one, rounded once: not if bits come
// between.
Expr rounded(const Settings& settings, Expr x) {
  Builder& b = *x.builder;
  const Expr bits = b.bitcast(x, Scalar::u32);
  return b.bitcast(b.binary(BinaryKind::bit_xor, bits, settings.word(DrawWord::zero)), Scalar::f32);
}

void penalize(Builder& b, const Settings& settings, Expr token, VariableId logit) {
  const Expr count = settings.of_token(settings.layout.counts, token);
  b.when(b.u32(0) < count, [&] {
    const Expr x = b.get(logit);
    const Expr factor = b.select(x > b.f32(0), settings.real(DrawWord::inverse_repetition),
                                 settings.real(DrawWord::repetition));
    const Expr repeated = rounded(settings, x * factor);
    const Expr times = count >> 1;
    const Expr amount =
        rounded(settings, b.convert(times, Scalar::f32) * settings.real(DrawWord::frequency));
    const Expr less = rounded(settings, repeated - amount);
    b.set(logit, b.select(times == 0, less, less - settings.real(DrawWord::presence)));
  });
}

}  // namespace

Kernel write_adjust(const RowShape& shape, const StepLayout& step_layout) {
  Builder b("draw_adjust", {kLanes, 1, 1});
  const MemoryId step = b.read("step", kU32), logits = b.read("logits", kF32),
                 state = b.read("state", kU32), keys = b.write("keys", kU32),
                 largest = b.write("largest", kU32);
  const Expr chunk = b.workgroup_x(), output = b.workgroup_y();
  const Settings settings(b, step, state, output, step_layout, shape.vocabulary);
  const Expr flags = settings.word(DrawWord::flags);
  const VariableId best = b.variable("best", b.u32(0));
  b.loop(0, kLaneTokens, [&](Expr i) {
    const Expr token =
        chunk * static_cast<double>(kChunkTokens) + i * static_cast<double>(kLanes) + b.local_x();
    const VariableId key = b.variable("key", b.u32(0));
    b.when(token < static_cast<double>(shape.vocabulary), [&] {
      const Expr raw = b.load(logits, output * static_cast<double>(shape.stride()) + token);
      const VariableId logit = b.variable("logit", raw), allowed = b.variable("allowed", b.u32(1));
      b.when(settings.has(flags, formats::kDrawMasked), [&] {
        const Expr word = settings.of_token(settings.layout.allowed, token >> 5);
        b.set(allowed, b.binary(BinaryKind::shift_right, word, token & 31.0) & 1.0);
      });
      b.when(settings.has(flags, formats::kDrawBiased), [&] {
        const Expr bias = b.bitcast(settings.of_token(settings.layout.biases, token), Scalar::f32);
        b.set(logit, rounded(settings, raw + bias));
      });
      b.when(settings.has(flags, formats::kDrawPenalized),
             [&] { penalize(b, settings, token, logit); });
      const Expr is_number = b.u32(1) < key_of(b, raw);
      const Expr order = b.select(is_number, key_of(b, b.get(logit)), b.u32(1));
      b.set(key, order * b.get(allowed));
    });
    b.store(keys, output * static_cast<double>(shape.padded()) + token, b.get(key));
    b.set(best, b.binary(BinaryKind::max, b.get(best), b.get(key)));
  });
  const Expr of_chunk =
      over_workgroup(b, {SubgroupKind::max, "bests", kLanes}, {b.get(best)}, {})[0];
  b.when(b.local_x() == 0,
         [&] { b.store(largest, output * static_cast<double>(shape.chunks()) + chunk, of_chunk); });
  return std::move(b).finish();
}

namespace {

// Where the search of an output begins.
void store_search(Builder& b, MemoryId search, Expr output, const Settings& settings,
                  Expr takes_first) {
  const auto store = [&](SearchWord word, Expr value) {
    b.store(search, output * static_cast<double>(kSearchWords) + static_cast<double>(word), value);
  };
  const Expr top_k = settings.word(DrawWord::top_k), top_p = settings.word(DrawWord::top_p);
  const Expr free = b.select(top_p == 0, b.u32(kDone), b.u32(kOfWeight));
  const Expr phase = b.select(top_k == 0, free, b.u32(kOfTokens));
  const Wide tokens = wide(b, top_k);
  store(SearchWord::phase, b.select(takes_first, b.u32(kDone), phase));
  store(SearchWord::first, b.select(takes_first, b.u32(1), b.u32(0)));
  store(SearchWord::border, settings.word(DrawWord::limit));
  store(SearchWord::shift, b.u32(kFirstShift));
  store(SearchWord::need_high, tokens.high);
  store(SearchWord::need_low, tokens.low);
  for (const SearchWord word :
       {SearchWord::ties, SearchWord::base, SearchWord::passed_high, SearchWord::passed_low,
        SearchWord::total_high, SearchWord::total_low})
    store(word, b.u32(0));
}

}  // namespace

Kernel write_weigh(const RowShape& shape, const StepLayout& step_layout) {
  Builder b("draw_weigh", {kLanes, 1, 1});
  const MemoryId step = b.read("step", kU32), state = b.read("state", kU32),
                 largest = b.read("largest", kU32), keys = b.write("keys", kU32),
                 masses = b.write("masses", kU32), search = b.write("search", kU32);
  const Expr chunk = b.workgroup_x(), output = b.workgroup_y();
  const Settings settings(b, step, state, output, step_layout, shape.vocabulary);
  const VariableId best = b.variable("best", b.u32(0));
  const Expr first_chunk = output * static_cast<double>(shape.chunks());
  b.loop(0, shape.chunks(), [&](Expr i) {
    b.set(best, b.binary(BinaryKind::max, b.get(best), b.load(largest, first_chunk + i)));
  });
  const Expr key_of_best = b.get(best), most_likely = number_of(b, key_of_best);
  const Expr takes_first =
      b.binary(BinaryKind::logical_or, key_of_best <= b.u32(1),
               settings.has(settings.word(DrawWord::flags), formats::kDrawMostLikely));
  const Expr scale = settings.real(DrawWord::scale), limit = settings.word(DrawWord::limit);
  const VariableId high = b.variable("high", b.u32(0)), low = b.variable("low", b.u32(0));
  b.loop(0, kLaneTokens, [&](Expr i) {
    const Expr at = output * static_cast<double>(shape.padded()) +
                    chunk * static_cast<double>(kChunkTokens) + i * static_cast<double>(kLanes) +
                    b.local_x();
    const Expr key = b.load(keys, at);
    const VariableId distance = b.variable("distance", b.u32(formats::kFarthest));
    b.when(
        key == key_of_best, [&] { b.set(distance, b.u32(0)); },
        [&] {
          const Expr is_drawn = b.binary(BinaryKind::logical_and, b.u32(1) < key,
                                         b.unary(UnaryKind::logical_not, takes_first));
          b.when(is_drawn, [&] {
            const Expr difference = rounded(settings, most_likely - number_of(b, key));
            const Expr units =
                b.binary(BinaryKind::min, difference * scale, b.f32(formats::kFarthest));
            b.set(distance, b.convert(units, Scalar::u32));
          });
        });
    b.store(keys, at, b.get(distance));
    const Expr counted = b.select(b.get(distance) < limit, weight(b, b.get(distance)), b.u32(0));
    b.accumulate(high, counted >> 16);
    b.accumulate(low, counted & 0xffff);
  });
  const auto sums =
      over_workgroup(b, {SubgroupKind::add, "weights", kLanes}, {b.get(high), b.get(low)}, {});
  b.when(b.local_x() == 0, [&] {
    store_sums(b, masses, first_chunk + chunk,
               {{sums[0] + (sums[1] >> 16), sums[1] & 0xffff}, b.u32(0)});
    b.when(chunk == 0, [&] { store_search(b, search, output, settings, takes_first); });
  });
  return std::move(b).finish();
}

}  // namespace codegen::lower::draw
