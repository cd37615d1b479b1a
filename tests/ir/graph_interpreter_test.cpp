// SPDX-License-Identifier: Apache-2.0
// The interpreter: every primitive op against values worked out by hand, in f32, f64 and with
// bounds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ir/graph/interpreter.h"
#include "tests/ir/graph_runner.h"

namespace tests {
namespace {

using namespace ir::graph;  // NOLINT

// rows = 2, and the values are
constexpr std::string_view kParameters =
    "%x: f32[rows, 3], %y: f32[3], %z: f32[rows, 1], %m: f32[rows, 2, 3], %i: u32[rows], "
    "%none: f32[0, 3], %flat: f32[rows, 0]";

template <class T>
std::vector<RuntimeValue<T>> inputs() {
  return {tensor<T>({2, 3}, {1, 2, 3, 4, -5, 6}),
          tensor<T>({3}, {10, 20, 30}),
          tensor<T>({2, 1}, {0.5, -2}),
          tensor<T>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
          integers({1, 0}),
          tensor<T>({0, 3}, {}),
          tensor<T>({2, 0}, {})};
}

struct Example {
  std::string_view op;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

const Example kExamples[] = {
    {"constant value=0.1, dtype=f32", {}, {0.1f}},
    {"constant value=7, dtype=u32", {}, {7}},
    {"iota shape=[rows]", {2}, {0, 1}},
    {"iota shape=[0]", {0}, {}},
    {"gather %x, %i", {2, 3}, {4, -5, 6, 1, 2, 3}},
    {"matmul_nt %x, %x", {2, 2}, {14, 12, 12, 77}},
    {"matmul_nt %m, %x", {2, 2, 2}, {14, 12, 32, 27, 50, 42, 68, 57}},
    {"matmul_nt %x, %m", {2, 2, 2}, {14, 32, 12, 27, 50, 68, 42, 57}},
    {"matmul_nt %m, %m", {2, 2, 2}, {14, 32, 32, 77, 194, 266, 266, 365}},
    {"matmul_nt %flat, %flat", {2, 2}, {0, 0, 0, 0}},
    {"matmul_nt %x, %none", {2, 0}, {}},
    {"add %x, %y", {2, 3}, {11, 22, 33, 14, 15, 36}},
    {"add %none, %y", {0, 3}, {}},
    {"sub %y, %x", {2, 3}, {9, 18, 27, 6, 25, 24}},
    {"mul %x, %z", {2, 3}, {0.5, 1, 1.5, -8, 10, -12}},
    {"div %y, %z", {2, 3}, {20, 40, 60, -5, -10, -15}},
    {"maximum %x, %z", {2, 3}, {1, 2, 3, 4, -2, 6}},
    {"exp %z", {2, 1}, {std::exp(0.5), std::exp(-2.0)}},
    {"neg %z", {2, 1}, {-0.5, 2}},
    {"rsqrt %y", {3}, {1 / std::sqrt(10.0), 1 / std::sqrt(20.0), 1 / std::sqrt(30.0)}},
    {"tanh %z", {2, 1}, {std::tanh(0.5), std::tanh(-2.0)}},
    {"less_equal %i, %i", {2}, {1, 1}},
    {"reduce_sum %x", {2, 1}, {6, 5}},
    {"reduce_sum %flat", {2, 1}, {0, 0}},
    {"reduce_sum %none", {0, 1}, {}},
    {"reduce_max %x", {2, 1}, {3, 6}},
    {"argmax %x", {2}, {2, 2}},
    {"reshape %x, shape=[3, rows]", {3, 2}, {1, 2, 3, 4, -5, 6}},
    {"reshape %i, shape=[rows, 1]", {2, 1}, {1, 0}},
    {"transpose %x, permutation=[1, 0]", {3, 2}, {1, 4, 2, -5, 3, 6}},
    {"transpose %m, permutation=[1, 2, 0]", {2, 3, 2}, {1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12}},
    {"transpose %none, permutation=[1, 0]", {3, 0}, {}},
    {"slice %x, begin=1, end=3", {2, 2}, {2, 3, -5, 6}},
    {"slice %x, begin=3, end=3", {2, 0}, {}},
    {"concat [%x, %z, %x]", {2, 7}, {1, 2, 3, 0.5, 1, 2, 3, 4, -5, 6, -2, 4, -5, 6}},
    {"rope_table %i, frequencies=[1, 0.5], scale=2",
     {2, 4},
     {2 * std::cos(1.0), 2 * std::cos(0.5), 2 * std::sin(1.0), 2 * std::sin(0.5), 2, 2, 0, 0}},
};

std::vector<double> numbers(const HostTensor<float>& x) { return {x.data.begin(), x.data.end()}; }
std::vector<double> numbers(const HostTensor<double>& x) { return x.data; }
std::vector<double> numbers(const Integers& x) { return {x.data.begin(), x.data.end()}; }
std::vector<double> numbers(const HostTensor<Bounded>& x) {
  std::vector<double> values;
  for (const Bounded& each : x.data) values.push_back(each.value);
  return values;
}

template <class T>
void check(const Example& example, double tolerance) {
  GraphRunner run(
      fmt::format("graph g\nfunc f({}) {{\n %r = {}\n return %r\n}}", kParameters, example.op));
  const RuntimeValue<T> result = run.as<T>("f", inputs<T>())[0];
  const bool real = result.is_tensor();
  EXPECT_EQ(real ? result.tensor().shape : result.integers().shape, example.shape) << example.op;
  const auto values = real ? numbers(result.tensor()) : numbers(result.integers());
  ASSERT_EQ(values.size(), example.values.size()) << example.op;
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], example.values[i], tolerance * std::abs(example.values[i]))
        << example.op << " at " << i;
}

TEST(GraphInterpreter, GivesThePrimitivesTheirMeaning) {
  for (const Example& example : kExamples) {
    check<float>(example, 2e-7);
    check<double>(example, 1e-15);
    check<Bounded>(example, 1e-7);
  }
}

TEST(GraphInterpreter, Selects) {
  GraphRunner run(
      "graph g\nfunc f(%i: u32[rows, 1], %a: f32[3], %b: f32[rows, 1]) {\n"
      " %r = select %i, %a, %b\n return %r\n}");
  const auto results =
      run.as<double>("f", {Integers{{2, 1}, {7, 0}, {}}, tensor<double>({3}, {1, 2, 3}),
                           tensor<double>({2, 1}, {4, 5})});
  EXPECT_EQ(results[0].tensor().data, (std::vector<double>{1, 2, 3, 5, 5, 5}));
}

TEST(GraphInterpreter, ClampsIdsThatLieOutside) {
  GraphRunner run(
      "graph g\nfunc f(%t: f32[2, 1], %i: u32[n]) {\n %r = gather %t, %i\n return %r\n}");
  const auto results =
      run.as<float>("f", {tensor<float>({2, 1}, {5, 6}), integers({0, 1, 2, 0xffffffff})});
  EXPECT_EQ(results[0].tensor().data, (std::vector<float>{5, 6, 6, 6}));
}

TEST(GraphInterpreter, TakesTheFirstOfEqualMaxima) {
  GraphRunner run("graph g\nfunc f(%x: f32[rows, 3]) {\n %r = argmax %x\n return %r\n}");
  const auto results = run.as<float>("f", {tensor<float>({3, 3}, {1, 3, 3, 2, 2, 2, -1, -3, -2})});
  EXPECT_EQ(results[0].integers().data, (std::vector<std::uint32_t>{1, 0, 0}));
}

TEST(GraphInterpreter, SaysWhichMaximaAreUncertain) {
  GraphRunner run("graph g\nfunc f(%x: f32[rows, 2]) {\n %r = argmax %x\n return %r\n}");
  HostTensor<Bounded> x{{2, 2}, {{1.0, 0.1}, {1.15, 0.1}, {1.0, 0.1}, {1.25, 0.1}}};
  const auto results = run.as<Bounded>("f", {x});
  EXPECT_EQ(results[0].integers().data, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(results[0].integers().uncertain, (std::vector<bool>{true, false}));
}

constexpr std::string_view kCacheGraph = R"(graph g
func f(%c: cache[2 x 1 x 2], %k: f32[rows, 2], %v: f32[rows, 2], %s: u32[rows], %p: u32[rows]) {
  %d = cache_write %c, %k, %v, %s, %p, layer=1
  %keys = cache_keys %d, %s, %p, layer=1
  %values = cache_values %d, %s, %p, layer=1
  %other = cache_keys %d, %s, %p, layer=0
  return %keys, %values, %other, %d
})";

TEST(GraphInterpreter, KeepsACachePerLayerAndSequence) {
  GraphRunner run{std::string(kCacheGraph)};
  const auto cache = std::make_shared<Cache<float>>(CacheType{2, 1, 2});
  const auto step = [&](std::vector<float> keys, std::vector<std::uint32_t> sequences,
                        std::vector<std::uint32_t> positions) {
    const auto rows = static_cast<std::int64_t>(sequences.size());
    std::vector<float> values = keys;
    for (float& value : values) value = -value;
    return run.as<float>("f",
                         {cache, tensor<float>({rows, 2}, keys), tensor<float>({rows, 2}, values),
                          integers(sequences), integers(positions)},
                         {{"context", 3}});
  };
  // Two rows of sequence 9, one of sequence 4, which starts at position 1.
  auto results = step({1, 2, 3, 4, 5, 6}, {9, 9, 4}, {0, 1, 1});
  EXPECT_EQ(results[0].tensor().shape, (std::vector<std::int64_t>{3, 3, 2}));
  EXPECT_EQ(results[0].tensor().data, (std::vector<float>{1, 2, 0, 0, 0, 0,  // sees itself only
                                                          1, 2, 3, 4, 0, 0,  //
                                                          0, 0, 5, 6, 0, 0}));
  EXPECT_EQ(results[1].tensor().data[8], -3);
  for (const float value : results[2].tensor().data) EXPECT_EQ(value, 0);
  // A later step of sequence 9; then its last position is forgotten and written anew.
  results = step({7, 8}, {9}, {2});
  EXPECT_EQ(results[0].tensor().data, (std::vector<float>{1, 2, 3, 4, 7, 8}));
  cache->truncate(9, 1);
  results = step({-1, -2}, {9}, {2});
  EXPECT_EQ(results[0].tensor().data, (std::vector<float>{1, 2, 0, 0, -1, -2}));
}

TEST(GraphInterpreter, ShowsEveryNodeToItsObserver) {
  GraphRunner run(
      "graph g\nweight @w: f32[2]\nfunc f(%x: f32[rows, 2]) {\n %0 = rms_norm %x, @w, epsilon=0 at "
      "\"norm\"\n %1 = exp %0 at \"exp\"\n return %1\n}");
  run.weights.add("w", {2}, {1, 1});
  WeightValues weights(run.graph, run.weights);
  std::vector<std::string> seen;
  const auto results = Interpreter<double>(run.graph, weights)
                           .run("f", {tensor<double>({1, 2}, {3, 4})}, {},
                                [&](const Node& node, const RuntimeValue<double>& value) {
                                  seen.push_back(node.provenance);
                                  EXPECT_FALSE(value.tensor().data.empty());
                                });
  ASSERT_TRUE(results);
  EXPECT_EQ(seen, (std::vector<std::string>{"w", "norm", "exp"}));
}

TEST(GraphInterpreterDeathTest, ChecksItsInputs) {
  GraphRunner run("graph g\nfunc f(%x: f32[rows, 2], %y: f32[rows, n]) {\n return %x\n}");
  const auto x = tensor<float>({1, 2}, {1, 2});
  EXPECT_DEATH(run.as<float>("g", {x, x}), "there is no function g");
  EXPECT_DEATH(run.as<float>("f", {x}), "f takes 2 inputs, not 1");
  EXPECT_DEATH(run.as<float>("f", {x, integers({1})}), "y must be f32");
  EXPECT_DEATH(run.as<float>("f", {tensor<float>({2, 1}, {1, 2}), x}), "extent 1 of x is 1");
  EXPECT_DEATH(run.as<float>("f", {x, tensor<float>({2, 1}, {1, 2})}), "extent 0 of y is 2");
  GraphRunner needs_size("graph g\nfunc f() {\n %0 = iota shape=[context]\n return %0\n}");
  EXPECT_DEATH(needs_size.as<float>("f", {}), "no size is given for context");
}

}  // namespace
}  // namespace tests
