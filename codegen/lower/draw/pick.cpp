// SPDX-License-Identifier: Apache-2.0
// pick: the token at a random point of the weight that is left, tokens in order of ids. First the
// chunk, then the lane that has the point among its 16 tokens, then the token. Lanes know what lies
// before them by groups of 16 and the lanes of their own.
#include "codegen/lower/draw/row.h"

namespace codegen::lower::draw {

using namespace ir::kernel;  // NOLINT
using runtime::formats::DrawWord;
using runtime::formats::StepLayout;
namespace formats = runtime::formats;

namespace {

constexpr std::uint32_t kGroup = 16;  // lanes
constexpr std::uint32_t kGroups = kLanes / kGroup;

// Walks over tokens, or over groups of them, in order of ids: of the tokens at the border only the
// first `ties` count.
class Walk {
 public:
  Walk(Builder& b, Expr ties, Expr tie_weight, const Wide& weight, Expr ties_before)
      : b_(b),
        ties_(ties),
        tie_weight_(tie_weight),
        weight_(variable(b, "walked", weight)),
        ties_before_(b.variable("ties_before", ties_before)) {}

  Wide weight() const { return weight_.get(b_); }  // of what was passed
  Expr ties_before() const { return b_.get(ties_before_); }
  Wide weight_of(const Sums& group) const {
    const Expr left = ties_ - b_.binary(BinaryKind::min, ties_, ties_before());
    const Expr kept = b_.binary(BinaryKind::min, left, group.count);
    return add(group.weight, product(b_, kept, tie_weight_));
  }
  void pass(const Sums& group) {
    weight_.set(b_, add(weight(), weight_of(group)));
    b_.accumulate(ties_before_, group.count);
  }

 private:
  Builder& b_;
  Expr ties_, tie_weight_;
  WideVariable weight_;
  VariableId ties_before_;
};

struct Pick {
  Builder& b;
  RowShape shape;
  MemoryId search, masses, distances;
  Expr output = b.workgroup_x();
  Expr border = load(SearchWord::border);
  Expr ties = load(SearchWord::ties);
  Expr tie_weight = weight(b, border);

  Expr load(SearchWord word) {
    return b.load(search, output * static_cast<double>(kSearchWords) + static_cast<double>(word));
  }
  Walk walk(const Wide& weight, Expr ties_before) {
    return {b, ties, tie_weight, weight, ties_before};
  }
  Walk walk() { return walk({b.u32(0), b.u32(0)}, b.u32(0)); }
  Sums of_chunk(Expr chunk) {
    return load_sums(b, masses, output * static_cast<double>(shape.chunks()) + chunk);
  }
  Sums of_token(Expr token) {
    const Expr distance = b.load(distances, output * static_cast<double>(shape.padded()) + token);
    return {wide(b, b.select(distance < border, weight(b, distance), b.u32(0))),
            b.select(distance == border, b.u32(1), b.u32(0))};
  }

  Wide total() {
    Walk all = walk();
    b.loop(0, shape.chunks(), [&](Expr chunk) { all.pass(of_chunk(chunk)); });
    return all.weight();
  }
};

// What the lanes of a group have together.
Sums sum_of_group(Builder& b, MemoryId sums, Expr group) {
  const WideVariable weight = variable(b, "of_group", {b.u32(0), b.u32(0)});
  const VariableId count = b.variable("ties_of_group", b.u32(0));
  b.loop(0, kGroup, [&](Expr i) {
    const Sums one = load_sums(b, sums, group * kGroup + i);
    weight.set(b, add(weight.get(b), one.weight));
    b.accumulate(count, one.count);
  });
  return {weight.get(b), b.get(count)};
}

void count_token(Builder& b, MemoryId state, const Settings& settings, Expr token) {
  b.when(settings.has(settings.word(DrawWord::flags), formats::kDrawPenalized), [&] {
    const Expr at = settings.at(token + static_cast<double>(settings.layout.counts));
    b.store(state, at, (b.load(state, at) | b.u32(1)) + 2.0);
  });
}

}  // namespace

Kernel write_pick(const RowShape& shape, const StepLayout& step_layout) {
  Builder b("draw_pick", {kLanes, 1, 1});
  const MemoryId step = b.read("step", kU32), search = b.read("search", kU32),
                 masses = b.read("masses", kU32), distances = b.read("distances", kU32),
                 state = b.write("state", kU32), tokens = b.write("tokens", kU32);
  const MemoryId sums = b.shared("sums", kU32, kLanes * kSums),
                 groups = b.shared("groups", kU32, kGroups * kSums);
  Pick pick{.b = b, .shape = shape, .search = search, .masses = masses, .distances = distances};
  const Expr output = pick.output, lane = b.local_x();
  const Settings settings(b, step, state, output, step_layout, shape.vocabulary);

  const Expr position = b.load(step, settings.row() + static_cast<double>(step_layout.positions));
  const auto [high, low] = random_bits(
      b, {settings.word(DrawWord::seed_high), settings.word(DrawWord::seed_low)},
      settings.word(DrawWord::choice), position + 1.0 - settings.word(DrawWord::prompt_tokens));
  const Wide none{b.u32(0), b.u32(0)};
  const Wide point =
      select(b, pick.load(SearchWord::first) == 1, none, point_below(b, pick.total(), high, low));

  // The last chunk that begins at the point or before it, and has any weight.
  Walk chunks = pick.walk();
  const VariableId chosen = b.variable("chunk", b.u32(0)), ties = b.variable("ties", b.u32(0));
  const WideVariable start = variable(b, "start", none);
  b.loop(0, shape.chunks(), [&](Expr chunk) {
    b.when(b.unary(UnaryKind::logical_not, is_less(b, point, chunks.weight())), [&] {
      b.set(chosen, chunk);
      b.set(ties, chunks.ties_before());
      start.set(b, chunks.weight());
    });
    chunks.pass(pick.of_chunk(chunk));
  });

  const Expr first_token =
      b.get(chosen) * static_cast<double>(kChunkTokens) + lane * static_cast<double>(kLaneTokens);
  const WideVariable mine = variable(b, "mine", none);
  const VariableId my_ties = b.variable("my_ties", b.u32(0));
  b.loop(0, kLaneTokens, [&](Expr i) {
    const Sums one = pick.of_token(first_token + i);
    mine.set(b, add(mine.get(b), one.weight));
    b.accumulate(my_ties, one.count);
  });
  store_sums(b, sums, lane, {mine.get(b), b.get(my_ties)});
  b.barrier();
  b.when(lane < kGroups, [&] { store_sums(b, groups, lane, sum_of_group(b, sums, lane)); });
  b.barrier();
  Walk lanes = pick.walk(start.get(b), b.get(ties));
  const auto pass = [&](MemoryId memory, Expr from, Expr to) {
    b.loop(from, to, b.u32(1), [&](Expr i) { lanes.pass(load_sums(b, memory, i)); });
  };
  pass(groups, b.u32(0), lane / kGroup);
  pass(sums, lane / kGroup * kGroup, lane);
  const Wide begin = lanes.weight();
  const Wide end = add(begin, lanes.weight_of({mine.get(b), b.get(my_ties)}));
  b.when(b.unary(UnaryKind::logical_not, is_less(b, point, begin)) && is_less(b, point, end), [&] {
    Walk walk = pick.walk(begin, lanes.ties_before());
    const VariableId token = b.variable("token", first_token);
    b.loop(0, kLaneTokens, [&](Expr i) {
      const Sums one = pick.of_token(first_token + i);
      const Expr begins = b.unary(UnaryKind::logical_not, is_less(b, point, walk.weight()));
      const Wide weight = walk.weight_of(one);
      const Expr weighs = b.u32(0) < (weight.high | weight.low);
      b.when(begins && weighs, [&] { b.set(token, first_token + i); });
      walk.pass(one);
    });
    b.store(tokens, output, b.get(token));
    count_token(b, state, settings, b.get(token));
  });
  return std::move(b).finish();
}

}  // namespace codegen::lower::draw
