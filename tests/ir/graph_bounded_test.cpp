// SPDX-License-Identifier: Apache-2.0
// Bounded really bounds: whatever order f32 sums are taken in, fused or not, flushed or not, the
// result lies within the error that was derived; and the bounds are not so wide that they hide a
// fault.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "ir/encoding/quantize.h"
#include "ir/graph/bounded.h"
#include "ir/graph/evaluate/matmul.h"
#include "ir/graph/evaluate/scalar.h"
#include "ir/graph/weight_values.h"
#include "ir/support/half.h"
#include "tests/ir/graph_runner.h"

namespace tests {
namespace {

using namespace ir::graph;  // NOLINT

constexpr int kTrials = 2000;

void expect_inside(float rounded, Bounded bound, const char* what) {
  EXPECT_LE(std::abs(rounded - bound.value), bound.error) << what << " of about " << bound.value;
}

// Operands that already carry an error: the true value, and some f32 within its bound.
struct Operand {
  Bounded bound;
  float rounded;
};

class BoundedArithmetic : public testing::Test {
 protected:
  Operand operand() {
    const double value = normal_(random_) * std::ldexp(1.0, exponent_(random_));
    const double error = std::abs(value) * std::ldexp(1.0, -10 - std::abs(exponent_(random_)));
    const auto rounded = static_cast<float>(value + error * side_(random_));
    return {{value, error + std::abs(value) * kUnitRoundoff}, rounded};
  }
  // Subnormals may be taken for 0 by any operation.
  float flushed(float x) { return std::abs(x) < kFlushedToZero && coin_(random_) ? 0.0f : x; }
  // A built-in's result, off by up to some ulps.
  float off_by(double exact, double ulps) {
    const auto value = static_cast<float>(exact);
    const double ulp =
        std::abs(std::nextafter(value, std::numeric_limits<float>::infinity()) - value);
    return static_cast<float>(exact + ulps * ulp * side_(random_));
  }

  std::mt19937 random_{11};
  std::normal_distribution<double> normal_;
  std::uniform_int_distribution<int> exponent_{-8, 8};
  std::uniform_real_distribution<double> side_{-1, 1};
  std::bernoulli_distribution coin_;
};

TEST_F(BoundedArithmetic, CoversEachOperation) {
  for (int i = 0; i < kTrials; ++i) {
    const auto [a, x] = operand();
    const auto [b, y] = operand();
    expect_inside(flushed(x + y), a + b, "sum");
    expect_inside(flushed(x - y), a - b, "difference");
    expect_inside(flushed(x * y), a * b, "product");
    expect_inside(off_by(double(x) / y, 2.4), a / b, "quotient");
    expect_inside(-x, -a, "negation");
    expect_inside(std::max(x, y), maximum(a, b), "maximum");
    expect_inside(std::fma(x, y, x), a * b + a, "fused product and sum");
    const Bounded positive{std::abs(a.value), a.error};
    expect_inside(off_by(1 / std::sqrt(double(std::abs(x))), 1.9), rsqrt(positive), "rsqrt");
    if (std::abs(a.value) > 80) continue;
    expect_inside(flushed(off_by(std::exp(double(x)), 2.9 + 2 * std::abs(x))), exp(a), "exp");
    expect_inside(static_cast<float>(std::tanh(double(x)) + 0.99e-5 * side_(random_)), tanh(a),
                  "tanh");
  }
}

TEST_F(BoundedArithmetic, CoversSubnormals) {
  for (int i = 0; i < kTrials; ++i) {
    const auto x = static_cast<float>(std::ldexp(normal_(random_), -70));
    const auto y = static_cast<float>(std::ldexp(normal_(random_), -60));
    expect_inside(0, Bounded{x} * Bounded{y}, "product");
    const float exponent = -100 + static_cast<float>(normal_(random_));
    expect_inside(0, exp(Bounded{exponent}), "exp");
  }
}

TEST_F(BoundedArithmetic, StaysTightForWhatIsExact) {
  EXPECT_LT((Bounded{3} + Bounded{4}).error, 8 * 0x1p-23);
  EXPECT_LT((Bounded{3} * Bounded{4}).error, 13 * 0x1p-23);
  EXPECT_LT(exp(Bounded{0}).error, 16 * 0x1p-23);
  EXPECT_LT(rsqrt(Bounded{4}).error, 2 * 0x1p-23);
}

TEST_F(BoundedArithmetic, SaysWhenNothingIsCertain) {
  EXPECT_TRUE(std::isinf((Bounded{1} / Bounded{1, 1}).error));
  EXPECT_TRUE(std::isinf(rsqrt(Bounded{1, 2}).error));
  const Bounded unknown = Bounded{1} / Bounded{1, 1};
  EXPECT_TRUE(std::isinf((unknown * Bounded{0}).error));
  EXPECT_TRUE(std::isinf((unknown - unknown).error));
  EXPECT_TRUE(std::isinf(exp(unknown).error));
}

// Any binary tree over the terms, in any order; products fused into sums now and then.
float shuffled_dot(const std::vector<float>& a, const std::vector<float>& b, std::mt19937& random) {
  std::vector<std::size_t> order(a.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  std::vector<float> partial(1 + random() % 9, 0.0f);
  for (const std::size_t i : order) {
    float& sum = partial[random() % partial.size()];
    sum = random() % 2 ? std::fma(a[i], b[i], sum) : sum + a[i] * b[i];
  }
  while (partial.size() > 1) {
    const std::size_t at = random() % (partial.size() - 1);
    partial[at] += partial.back();
    partial.pop_back();
  }
  return partial[0];
}

TEST(BoundedMatmul, CoversAnyOrderOfSummation) {
  std::mt19937 random(5);
  double worst = 0;
  for (const std::int64_t k : {1, 2, 17, 64, 500}) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      const auto size = static_cast<std::size_t>(k);
      const auto a = gaussian(size, seed), b = gaussian(size, seed + 1000);
      const auto bounded =
          evaluate::matmul_nt(tensor<Bounded>({1, k}, a), tensor<Bounded>({1, k}, b)).data[0];
      for (int trial = 0; trial < 20; ++trial) {
        const float rounded = shuffled_dot(a, b, random);
        expect_inside(rounded, bounded, "dot product");
        worst = std::max(worst, std::abs(rounded - bounded.value) / bounded.error);
      }
    }
  }
  EXPECT_GT(worst, 0.02);  // the bound is for the worst case, but not absurdly wide
}

// A kernel sums codes, not weights: scale * (sum(code x) - zero point * sum(x)) for each group.
TEST(BoundedMatmul, CoversTheFoldedZeroPoint) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const ir::EncodingInfo& info =
        ir::info_of(std::array{ir::Encoding::q3, ir::Encoding::q4, ir::Encoding::q8}[seed / 100]);
    constexpr std::int64_t k = 96;
    GraphRunner run(
        "graph g\nweight @w: q4[1, 96]\nfunc f(%x: f32[1, 96]) {\n %0 = matmul_nt %x, @w\n return "
        "%0\n}");
    run.graph.weights[0].encoding = info.encoding;
    auto weights = gaussian(k, seed, 0.02f);
    // One-sided groups have the largest codes: what is subtracted is largest there.
    if (seed % 2)
      for (float& weight : weights) weight = 0.3f - std::abs(weight);
    const auto x = gaussian(k, seed + 1000);
    run.weights.add("w", {1, k}, weights);
    const Bounded bounded = run.as<Bounded>("f", {tensor<Bounded>({1, k}, x)})[0].tensor().data[0];
    float total = 0;
    for (std::size_t begin = 0; begin < k; begin += 32) {
      const ir::QuantizedGroup group =
          ir::quantize(info.code_bits, std::span(weights).subspan(begin).first<32>());
      float codes = 0, activations = 0;
      for (std::size_t i = 0; i < 32; ++i) {
        codes += static_cast<float>(group.codes[i]) * x[begin + i];
        activations += x[begin + i];
      }
      total += (codes - static_cast<float>(info.zero_point()) * activations) *
               (ir::f16_to_f32(group.scale) * info.unit());
    }
    expect_inside(total, bounded, "folded product");
  }
}

// Attention in one pass over blocks, each with its own maximum, as kernels compute it.
TEST(BoundedAttention, CoversMergedBlocks) {
  std::mt19937 random(3);
  constexpr std::int64_t kPositions = 40;
  GraphRunner run(
      "graph g\nfunc f(%q: f32[1, 8], %k: f32[40, 8], %v: f32[8, 40]) {\n %0 = matmul_nt %q, %k\n"
      " %1 = softmax %0\n %2 = matmul_nt %1, %v\n return %2\n}");
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const auto q = gaussian(8, seed), k = gaussian(8 * kPositions, seed + 100, 3),
               v = gaussian(8 * kPositions, seed + 200);
    const auto bounded =
        run.as<Bounded>("f", {tensor<Bounded>({1, 8}, q), tensor<Bounded>({40, 8}, k),
                              tensor<Bounded>({8, 40}, v)})[0]
            .tensor();
    float largest = -1e30f, weight = 0;
    std::vector<float> mixed(8, 0.0f);
    for (std::size_t begin = 0; begin < kPositions; begin += 8) {
      std::vector<float> scores(8);
      float block_largest = -1e30f, block_weight = 0;
      for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t i = 0; i < 8; ++i) scores[j] += q[i] * k[(begin + j) * 8 + i];
        block_largest = std::max(block_largest, scores[j]);
      }
      std::vector<float> block(8, 0.0f);
      for (std::size_t j = 0; j < 8; ++j) {
        const float share = std::exp(scores[j] - block_largest);
        block_weight += share;
        for (std::size_t i = 0; i < 8; ++i) block[i] += share * v[i * kPositions + begin + j];
      }
      const float both = std::max(largest, block_largest);
      const float old = std::exp(largest - both), fresh = std::exp(block_largest - both);
      for (std::size_t i = 0; i < 8; ++i) mixed[i] = mixed[i] * old + block[i] * fresh;
      weight = weight * old + block_weight * fresh;
      largest = both;
    }
    for (std::size_t i = 0; i < 8; ++i)
      expect_inside(mixed[i] / weight, bounded.data[i], "mixed value");
  }
}

}  // namespace
}  // namespace tests
