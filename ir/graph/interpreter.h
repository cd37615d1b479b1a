// SPDX-License-Identifier: Apache-2.0
// Interpreter: runs a function of a graph on the CPU. It is the truth every kernel is compared
// with.
//
//   WeightValues weights(graph, checkpoint);
//   Interpreter<float> interpreter(graph, weights);
//   auto cache = std::make_shared<Cache<float>>(CacheType{5, 4, 8});
//   TRY(auto results, interpreter.run("forward", {tokens, sequences, positions, cache},
//                                     {{"context", 12}}));
//
// T is float, double, or Bounded, which gives each result with the error that f32 arithmetic may
// have. Primitives are the only cases; a composite op is run as its decomposition.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/bounded.h"
#include "ir/graph/graph.h"
#include "ir/graph/host_tensor.h"
#include "ir/graph/weight_values.h"

namespace ir::graph {

// Sizes by name. Those that are an extent of a parameter need not be given.
using Symbols = std::map<std::string, std::int64_t, std::less<>>;

// Called with every node of the function that was run, in order, weights included; nodes of
// decompositions are not shown. A cache is seen in the state of that moment.
template <class T>
using Observer = std::function<void(const Node&, const RuntimeValue<T>&)>;

template <class T>
class Interpreter {
 public:
  // Both must outlive the interpreter, and the graph must not change.
  Interpreter(const Graph& graph, WeightValues& weights);
  ~Interpreter();

  // Runs a function. Inputs of a wrong number, kind or shape and sizes that are missing are broken
  // laws; the errors are those of reading weights.
  Result<std::vector<RuntimeValue<T>>> run(std::string_view function,
                                           const std::vector<RuntimeValue<T>>& inputs,
                                           const Symbols& symbols = {},
                                           const Observer<T>& on_node = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ir::graph
