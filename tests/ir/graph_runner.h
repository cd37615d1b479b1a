// SPDX-License-Identifier: Apache-2.0
// Runs a graph given as text, for tests of the interpreter.
//
//   GraphRunner run("graph g\nfunc f(%x: f32[rows, 2]) {\n %0 = exp %x at \"\"\n return %0\n}");
//   run.weights.add(...);
//   const std::vector<RuntimeValue<double>> results = run.as<double>("f", {tensor<double>(...)});
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "ir/graph/interpreter.h"
#include "tests/support/memory_tensors.h"

namespace tests {

using ir::graph::Bounded;
using ir::graph::HostTensor;
using ir::graph::RuntimeValue;
using Integers = HostTensor<std::uint32_t>;

// A tensor of T from f32 values.
template <class T>
HostTensor<T> tensor(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  HostTensor<T> made{std::move(shape), {}};
  for (const float value : values) made.data.push_back(T{value});
  return made;
}
inline Integers integers(std::vector<std::uint32_t> values) {
  return {{static_cast<std::int64_t>(values.size())}, std::move(values), {}};
}

inline std::vector<float> gaussian(std::size_t count, std::uint32_t seed, float deviation = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

struct GraphRunner {
  ir::graph::Graph graph;
  MemoryTensors weights;

  explicit GraphRunner(const std::string& text) {
    auto parsed = ir::graph::parse(text, "test.graph");
    EXPECT_TRUE(parsed) << to_string(parsed.error()) << text;
    if (parsed) graph = *std::move(parsed);
  }

  template <class T>
  std::vector<RuntimeValue<T>> as(std::string_view function,
                                  const std::vector<RuntimeValue<T>>& inputs,
                                  const ir::graph::Symbols& symbols = {}) {
    ir::graph::WeightValues values(graph, weights);
    auto results = ir::graph::Interpreter<T>(graph, values).run(function, inputs, symbols);
    EXPECT_TRUE(results) << to_string(results.error());
    return results ? *std::move(results) : std::vector<RuntimeValue<T>>();
  }
};

}  // namespace tests
