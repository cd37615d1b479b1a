// SPDX-License-Identifier: Apache-2.0
// Composite ops against formulas written straight from their definitions, in f64. The f32 result
// must lie within the bound that Bounded derives.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/ir/graph_runner.h"

namespace tests {
namespace {

using namespace ir::graph;  // NOLINT
using Reals = std::vector<double>;
using Values = std::vector<float>;

// Inputs that are the same for every T.
struct Input {
  std::vector<std::int64_t> shape;
  Values values;
};

// Runs `op` on f32 inputs %0, %1, ... in all three ways and compares with the formula's values.
class Case {
 public:
  explicit Case(std::string op) : op_(std::move(op)) {}

  Case& input(std::vector<std::int64_t> shape, Values values) {
    inputs_.push_back({std::move(shape), std::move(values)});
    return *this;
  }
  void gives(const Reals& expected) const {
    const auto exact = run<double>().tensor().data;
    const auto rounded = run<float>().tensor().data;
    const auto bounded = run<Bounded>().tensor().data;
    ASSERT_EQ(exact.size(), expected.size()) << op_;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(exact[i], expected[i], 1e-13 * (1 + std::abs(expected[i]))) << op_ << " at " << i;
      EXPECT_NEAR(bounded[i].value, exact[i], 1e-6 * std::abs(exact[i]) + 1e-12) << op_ << i;
      EXPECT_LE(std::abs(rounded[i] - bounded[i].value), bounded[i].error) << op_ << " at " << i;
      EXPECT_LE(bounded[i].error, 1e-3 * (1 + std::abs(exact[i]))) << op_ << " at " << i;
    }
  }

  template <class T>
  RuntimeValue<T> run() const {
    std::string parameters;
    std::vector<RuntimeValue<T>> values;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      parameters +=
          fmt::format("{}%v{}: f32[{}]", i ? ", " : "", i, fmt::join(inputs_[i].shape, ", "));
      values.push_back(tensor<T>(inputs_[i].shape, inputs_[i].values));
    }
    GraphRunner runner(
        fmt::format("graph g\nfunc f({}) {{\n %r = {}\n return %r\n}}", parameters, op_));
    return runner.as<T>("f", values)[0];
  }

 private:
  std::string op_;
  std::vector<Input> inputs_;
};

double silu(double x) { return x / (1 + std::exp(-x)); }

// x [m, k] by w [n, k], plus bias.
template <class Real>
Reals linear(const std::vector<Real>& x, const Values& w, const Values& bias, std::size_t k) {
  const std::size_t n = w.size() / k;
  Reals out;
  for (std::size_t row = 0; row < x.size() / k; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      double sum = bias.empty() ? 0 : bias[column];
      for (std::size_t i = 0; i < k; ++i) sum += double(x[row * k + i]) * w[column * k + i];
      out.push_back(sum);
    }
  }
  return out;
}

TEST(Composites, Linear) {
  for (const std::size_t rows : {0, 1, 2, 5}) {
    for (const std::size_t k : {1, 31, 64}) {
      const Values x = gaussian(rows * k, 1), w = gaussian(7 * k, 2), b = gaussian(7, 3);
      const auto m = static_cast<std::int64_t>(rows), kk = static_cast<std::int64_t>(k);
      Case("linear %v0, %v1, _").input({m, kk}, x).input({7, kk}, w).gives(linear(x, w, {}, k));
      Case("linear %v0, %v1, %v2")
          .input({m, kk}, x)
          .input({7, kk}, w)
          .input({7}, b)
          .gives(linear(x, w, b, k));
    }
  }
}

TEST(Composites, LinearAdd) {
  const Values x = gaussian(2 * 5, 1), w = gaussian(3 * 5, 2), b = gaussian(3, 3),
               r = gaussian(2 * 3, 4);
  Reals expected = linear(x, w, b, 5);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += r[i];
  Case("linear_add %v0, %v1, %v2, %v3")
      .input({2, 3}, r)
      .input({2, 5}, x)
      .input({3, 5}, w)
      .input({3}, b)
      .gives(expected);
}

TEST(Composites, LinearArgmax) {
  const Values x = gaussian(4 * 5, 1), w = gaussian(9 * 5, 2);
  const Reals logits = linear(x, w, {}, 5);
  std::vector<std::uint32_t> expected;
  for (auto row = logits.begin(); row != logits.end(); row += 9)
    expected.push_back(static_cast<std::uint32_t>(std::max_element(row, row + 9) - row));
  Case greedy("linear_argmax %v0, %v1");
  greedy.input({4, 5}, x).input({9, 5}, w);
  EXPECT_EQ(greedy.run<float>().integers().data, expected);
  EXPECT_EQ(greedy.run<Bounded>().integers().uncertain, std::vector<bool>(4, false));
}

TEST(Composites, SwigluAndLinearSwiglu) {
  Values gate = gaussian(2 * 3, 1, 3), up = gaussian(2 * 3, 2);
  gate[0] = -200;  // whose exponential overflows f32
  gate[1] = 200;
  Reals expected;
  for (std::size_t i = 0; i < gate.size(); ++i) expected.push_back(silu(gate[i]) * up[i]);
  Case("swiglu %v0, %v1").input({2, 3}, gate).input({2, 3}, up).gives(expected);

  const Values x = gaussian(2 * 5, 3), g = gaussian(3 * 5, 4), u = gaussian(3 * 5, 5),
               gb = gaussian(3, 6), ub = gaussian(3, 7);
  const Reals gates = linear(x, g, gb, 5), ups = linear(x, u, ub, 5);
  for (std::size_t i = 0; i < gates.size(); ++i) expected[i] = silu(gates[i]) * ups[i];
  Case("linear_swiglu %v0, %v1, %v2, %v3, %v4")
      .input({2, 5}, x)
      .input({3, 5}, g)
      .input({3, 5}, u)
      .input({3}, gb)
      .input({3}, ub)
      .gives(expected);
}

// Rows of x [rows, n], with epsilon 1e-5.
Reals normalized(const Values& x, const Values& w) {
  const std::size_t n = w.size();
  Reals out;
  for (std::size_t row = 0; row < x.size(); row += n) {
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i) squares += std::pow(double(x[row + i]), 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(n) + 1e-5f);
    for (std::size_t i = 0; i < n; ++i) out.push_back(x[row + i] * scale * w[i]);
  }
  return out;
}

TEST(Composites, RmsNorm) {
  for (const std::size_t n : {1, 3, 64, 129}) {
    const Values x = gaussian(2 * n, 1, 5), w = gaussian(n, 2);
    const auto columns = static_cast<std::int64_t>(n);
    Case("rms_norm %v0, %v1, epsilon=1e-05")
        .input({2, columns}, x)
        .input({columns}, w)
        .gives(normalized(x, w));
  }
}

TEST(Composites, LinearOpsThatNormalize) {
  const Values x = gaussian(2 * 5, 1), norm = gaussian(5, 2), w = gaussian(3 * 5, 3),
               v = gaussian(3 * 5, 4), b = gaussian(3, 5);
  const Reals normed = normalized(x, norm);
  const Reals y = linear(normed, w, b, 5), up = linear(normed, v, {}, 5);
  Case("norm_linear %v0, %v1, %v2, %v3, epsilon=1e-05")
      .input({2, 5}, x)
      .input({5}, norm)
      .input({3, 5}, w)
      .input({3}, b)
      .gives(y);
  const Reals gate = linear(normed, w, {}, 5);
  Reals product;
  for (std::size_t i = 0; i < gate.size(); ++i) product.push_back(silu(gate[i]) * up[i]);
  Case("norm_linear_swiglu %v0, %v1, %v2, %v3, _, _, epsilon=1e-05")
      .input({2, 5}, x)
      .input({5}, norm)
      .input({3, 5}, w)
      .input({3, 5}, v)
      .gives(product);
  Case greedy("norm_linear_argmax %v0, %v1, %v2, epsilon=1e-05");
  greedy.input({2, 5}, x).input({5}, norm).input({3, 5}, w);
  std::vector<std::uint32_t> expected;
  for (auto row = gate.begin(); row != gate.end(); row += 3)
    expected.push_back(static_cast<std::uint32_t>(std::max_element(row, row + 3) - row));
  EXPECT_EQ(greedy.run<float>().integers().data, expected);
}

TEST(Composites, Softmax) {
  Values x = gaussian(2 * 7, 1, 4);
  x[3] = 300;  // alone in its row, and larger than any exponential bears
  Reals expected;
  for (std::size_t row = 0; row < 2; ++row) {
    const double largest = *std::max_element(&x[row * 7], &x[row * 7] + 7);
    double sum = 0;
    for (std::size_t i = 0; i < 7; ++i) sum += std::exp(x[row * 7 + i] - largest);
    for (std::size_t i = 0; i < 7; ++i)
      expected.push_back(std::exp(x[row * 7 + i] - largest) / sum);
  }
  Case("softmax %v0").input({2, 7}, x).gives(expected);
}

// Rotates heads of 4 by the angles position * {1, 0.1}.
Reals rotated(const Reals& x, const std::vector<std::uint32_t>& positions) {
  Reals out = x;
  const std::size_t width = positions.empty() ? 0 : x.size() / positions.size();
  for (std::size_t row = 0; row < positions.size(); ++row) {
    for (std::size_t head = row * width; head < (row + 1) * width; head += 4) {
      for (std::size_t i = 0; i < 2; ++i) {
        const double angle = positions[row] * (i == 0 ? 1.0 : 0.1);
        const double a = x[head + i], b = x[head + i + 2];
        out[head + i] = a * std::cos(angle) - b * std::sin(angle);
        out[head + i + 2] = b * std::cos(angle) + a * std::sin(angle);
      }
    }
  }
  return out;
}

// A step of attention layers written both ways: from separate q, k, v and from joined rows.
constexpr std::string_view kAttention = R"(graph g
func apart(%q: f32[rows, 16], %k: f32[rows, 8], %v: f32[rows, 8], %s: u32[rows], %p: u32[rows],
           %c: cache[1 x 2 x 4]) {
  %t = rope_table %p, frequencies=[1, 0.1], scale=1
  %tq = rope %q, %t, head_dim=4
  %tk = rope %k, %t, head_dim=4
  %d = cache_write %c, %tk, %v, %s, %p, layer=0
  %r = attention %tq, %d, %s, %p, layer=0, heads=4, scale=0.5
  return %r, %d
}
func joined(%q: f32[rows, 16], %k: f32[rows, 8], %v: f32[rows, 8], %s: u32[rows], %p: u32[rows],
            %c: cache[1 x 2 x 4]) {
  %t = rope_table %p, frequencies=[1, 0.1], scale=1
  %qkv = concat [%q, %k, %v]
  %d = rope_cache_write %c, %qkv, %t, %s, %p, layer=0, heads=4
  %r = rope_attention %qkv, %t, %d, %s, %p, layer=0, heads=4, scale=0.5
  return %r, %d
})";

// What one row attends to: 4 heads, 2 KV heads, head_dim 4, over everything of its sequence so far.
Reals attend(std::span<const double> query, const std::vector<std::span<const double>>& keys,
             const std::vector<std::span<const double>>& values) {
  Reals out(16, 0.0);
  for (std::size_t head = 0; head < 4; ++head) {
    const std::size_t kv = head / 2 * 4;
    Reals weights;
    double sum = 0;
    for (const auto& key : keys) {
      double score = 0;
      for (std::size_t i = 0; i < 4; ++i) score += query[head * 4 + i] * 0.5 * key[kv + i];
      weights.push_back(std::exp(score));
      sum += weights.back();
    }
    for (std::size_t j = 0; j < values.size(); ++j)
      for (std::size_t i = 0; i < 4; ++i) out[head * 4 + i] += weights[j] / sum * values[j][kv + i];
  }
  return out;
}

struct Rows {
  std::vector<std::uint32_t> sequences, positions;
};

template <class T>
std::vector<std::vector<T>> run_steps(GraphRunner& run, std::string_view function,
                                      const std::vector<Rows>& steps) {
  const auto cache = std::make_shared<Cache<T>>(CacheType{1, 2, 4});
  std::vector<std::vector<T>> results;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const auto rows = static_cast<std::int64_t>(steps[i].sequences.size());
    const auto count = static_cast<std::size_t>(rows);
    results.push_back(run.as<T>(function,
                                {tensor<T>({rows, 16}, gaussian(count * 16, 10 * i)),
                                 tensor<T>({rows, 8}, gaussian(count * 8, 10 * i + 1)),
                                 tensor<T>({rows, 8}, gaussian(count * 8, 10 * i + 2)),
                                 integers(steps[i].sequences), integers(steps[i].positions), cache},
                                {{"context", 8}})[0]
                          .tensor()
                          .data);
  }
  return results;
}

std::vector<Reals> expected_steps(const std::vector<Rows>& steps) {
  std::map<std::uint32_t, std::vector<Reals>> keys, values;
  std::vector<Reals> results;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const auto& [sequences, positions] = steps[i];
    const auto reals = [&](std::size_t width, std::uint32_t seed) {
      const Values made = gaussian(sequences.size() * width, 10 * i + seed);
      return Reals(made.begin(), made.end());
    };
    const Reals q = rotated(reals(16, 0), positions), k = rotated(reals(8, 1), positions),
                v = reals(8, 2);
    Reals result;
    for (std::size_t row = 0; row < sequences.size(); ++row) {
      auto& seen = keys[sequences[row]];
      auto& carried = values[sequences[row]];
      seen.emplace_back(&k[row * 8], &k[row * 8] + 8);  // the steps write in order of position
      carried.emplace_back(&v[row * 8], &v[row * 8] + 8);
      const Reals mixed = attend(std::span(q).subspan(row * 16, 16), {seen.begin(), seen.end()},
                                 {carried.begin(), carried.end()});
      result.insert(result.end(), mixed.begin(), mixed.end());
    }
    results.push_back(result);
  }
  return results;
}

TEST(Composites, AttentionOverSeveralSequencesAndSteps) {
  GraphRunner run{std::string(kAttention)};
  const std::vector<Rows> steps = {{{0, 0, 5}, {0, 1, 0}},
                                   {{5, 0}, {1, 2}},
                                   {{}, {}},
                                   {{0, 0, 0, 0, 0}, {3, 4, 5, 6, 7}},
                                   {{5}, {2}}};
  const std::vector<Reals> expected = expected_steps(steps);
  for (const std::string_view function : {"apart", "joined"}) {
    const auto exact = run_steps<double>(run, function, steps);
    const auto rounded = run_steps<float>(run, function, steps);
    const auto bounded = run_steps<Bounded>(run, function, steps);
    for (std::size_t step = 0; step < steps.size(); ++step) {
      ASSERT_EQ(exact[step].size(), expected[step].size());
      for (std::size_t i = 0; i < expected[step].size(); ++i) {
        EXPECT_NEAR(exact[step][i], expected[step][i], 1e-13) << function << step << " at " << i;
        EXPECT_LE(std::abs(rounded[step][i] - bounded[step][i].value), bounded[step][i].error);
        EXPECT_LE(bounded[step][i].error, 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace tests
