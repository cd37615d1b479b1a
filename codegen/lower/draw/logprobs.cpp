// SPDX-License-Identifier: Apache-2.0
// Log probabilities of the logits as the model gave them. Each of the 20 likeliest tokens is the
// best of those that come after the one before it: of smaller logit, or of an equal one and higher
// id.
#include "codegen/lower/draw/row.h"
#include "codegen/lower/reduction.h"

namespace codegen::lower::draw {

using namespace ir::kernel;  // NOLINT
namespace formats = runtime::formats;

namespace {

constexpr double kLowest = -3.4028234663852886e38;  // the lowest finite f32
constexpr std::uint32_t kTop = formats::kMaxTopLogprobs;

// Calls use(i, key, token) in all lanes, for the i-th best candidate. Each lane has `mine` of them,
// candidate(i) -> (key, token); a key of 0 is none. A lane looks for its next one only when its
// best was taken.
void for_each_best(Builder& b, std::uint64_t mine,
                   const std::function<std::pair<Expr, Expr>(Expr)>& candidate,
                   const std::function<void(Expr, Expr, Expr)>& use) {
  const VariableId last_key = b.variable("last_key", b.u32(0xffffffff)),
                   last_token = b.variable("last_token", b.u32(0xffffffff));
  const VariableId key = b.variable("best_key", b.u32(0)),
                   token = b.variable("best_token", b.u32(0xffffffff));
  const auto find_next = [&] {
    b.set(key, b.u32(0));
    b.set(token, b.u32(0xffffffff));
    b.loop(0, mine, [&](Expr i) {
      const auto [its_key, its_token] = candidate(i);
      const auto comes_after = [&](Expr other_key, Expr other_token) {
        return b.binary(BinaryKind::logical_or, its_key < other_key,
                        its_key == other_key && other_token < its_token);
      };
      const Expr is_better = b.unary(UnaryKind::logical_not, comes_after(b.get(key), b.get(token)));
      b.when(comes_after(b.get(last_key), b.get(last_token)) && is_better, [&] {
        b.set(key, its_key);
        b.set(token, its_token);
      });
    });
  };
  b.loop(0, kTop, [&](Expr place) {
    b.when(b.get(token) == b.get(last_token), find_next);
    const Expr best =
        over_workgroup(b, {SubgroupKind::max, "best_keys", kLanes}, {b.get(key)}, {})[0];
    const Expr named = b.select(b.get(key) == best, b.get(token), b.u32(0xffffffff));
    const Expr id = over_workgroup(b, {SubgroupKind::min, "best_ids", kLanes}, {named}, {})[0];
    b.set(last_key, best);
    b.set(last_token, id);
    use(place, best, id);
  });
}

Expr at_chunk(const RowShape& shape, Expr output, Expr chunk) {
  return output * static_cast<double>(shape.chunks()) + chunk;
}

}  // namespace

Kernel write_likeliest(const RowShape& shape) {
  Builder b("draw_likeliest", {kLanes, 1, 1});
  const MemoryId logits = b.read("logits", kF32), candidates = b.write("candidates", kU32),
                 parts = b.write("parts", kF32);
  const Expr chunk = b.workgroup_x(), output = b.workgroup_y();
  const auto token_of = [&](Expr i) {
    return chunk * static_cast<double>(kChunkTokens) + i * static_cast<double>(kLanes) +
           b.local_x();
  };
  const VariableId logit = b.variable("logit", b.f32(0)), key = b.variable("key", b.u32(0));
  const auto load = [&](Expr token) {  // key 0 beyond the row
    b.set(key, b.u32(0));
    b.when(token < static_cast<double>(shape.vocabulary), [&] {
      b.set(logit, b.load(logits, output * static_cast<double>(shape.stride()) + token));
      const Expr its_key = key_of(b, b.get(logit));
      b.set(key, b.select(b.u32(1) < its_key, its_key, b.u32(0)));
    });
  };
  const VariableId mine = b.variable("mine", b.f32(kLowest));
  b.loop(0, kLaneTokens, [&](Expr i) {
    load(token_of(i));
    b.when(b.u32(0) < b.get(key),
           [&] { b.set(mine, b.binary(BinaryKind::max, b.get(mine), b.get(logit))); });
  });
  const Expr largest =
      over_workgroup(b, {SubgroupKind::max, "largest", kLanes}, {b.get(mine)}, {})[0];
  const VariableId sum = b.variable("sum", b.f32(0));
  b.loop(0, kLaneTokens, [&](Expr i) {
    load(token_of(i));
    b.when(b.u32(0) < b.get(key),
           [&] { b.accumulate(sum, b.unary(UnaryKind::exp, b.get(logit) - largest)); });
  });
  const Expr total = over_workgroup(b, {SubgroupKind::add, "totals", kLanes}, {b.get(sum)}, {})[0];
  const Expr at = at_chunk(shape, output, chunk);
  b.when(b.local_x() == 0, [&] {
    b.store(parts, at * 2.0, largest);
    b.store(parts, at * 2.0 + 1.0, total);
  });
  for_each_best(
      b, kLaneTokens,
      [&](Expr i) {
        load(token_of(i));
        return std::pair(b.get(key), token_of(i));
      },
      [&](Expr place, Expr best, Expr id) {
        b.when(b.local_x() == 0, [&] {
          const Expr word = (at * static_cast<double>(kTop) + place) * 2.0;
          b.store(candidates, word, best);
          b.store(candidates, word + 1.0, id);
        });
      });
  return std::move(b).finish();
}

Kernel write_merge(const RowShape& shape) {
  Builder b("draw_merge", {kLanes, 1, 1});
  const MemoryId logits = b.read("logits", kF32), candidates = b.read("candidates", kU32),
                 parts = b.read("parts", kF32), tokens = b.read("tokens", kU32),
                 results = b.write("results", kU32);
  const Expr output = b.workgroup_x(), first = at_chunk(shape, output, b.u32(0));
  const VariableId largest = b.variable("largest", b.f32(kLowest)),
                   sum = b.variable("sum", b.f32(0));
  const auto part = [&](Expr chunk, double which) {
    return b.load(parts, (first + chunk) * 2.0 + which);
  };
  b.loop(0, shape.chunks(), [&](Expr chunk) {
    b.set(largest, b.binary(BinaryKind::max, b.get(largest), part(chunk, 0)));
  });
  b.loop(0, shape.chunks(), [&](Expr chunk) {
    b.accumulate(sum, part(chunk, 1) * b.unary(UnaryKind::exp, part(chunk, 0) - b.get(largest)));
  });
  const Expr log_total = b.get(largest) + b.unary(UnaryKind::log, b.get(sum));
  const Expr record = output * static_cast<double>(formats::kLogprobWords);
  const auto store = [&](Expr word, Expr token, Expr logprob) {
    b.store(results, record + word, token);
    b.store(results, record + word + 1.0, b.bitcast(logprob, Scalar::u32));
  };
  b.when(b.local_x() == 0, [&] {
    const Expr token = b.load(tokens, output);
    const Expr logit = b.load(logits, output * static_cast<double>(shape.stride()) + token);
    store(b.u32(0), token, logit - log_total);
  });
  const std::uint64_t count = shape.chunks() * kTop;
  const VariableId key = b.variable("key", b.u32(0)), token = b.variable("token", b.u32(0));
  for_each_best(
      b, (count + kLanes - 1) / kLanes,
      [&](Expr i) {
        const Expr at = i * static_cast<double>(kLanes) + b.local_x();
        b.set(key, b.u32(0));
        b.set(token, b.u32(0xffffffff));
        b.when(at < static_cast<double>(count), [&] {
          const Expr word = (first * static_cast<double>(kTop) + at) * 2.0;
          b.set(key, b.load(candidates, word));
          b.set(token, b.load(candidates, word + 1.0));
        });
        return std::pair(b.get(key), b.get(token));
      },
      [&](Expr place, Expr best, Expr id) {
        b.when(b.local_x() == 0,
               [&] { store(place * 2.0 + 2.0, id, number_of(b, best) - log_total); });
      });
  return std::move(b).finish();
}

}  // namespace codegen::lower::draw
