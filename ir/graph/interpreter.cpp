// SPDX-License-Identifier: Apache-2.0
// One overload of Evaluation per primitive op, and the loop that runs a function: references to
// weights are loaded, primitives evaluated, composites expanded once and run as functions.
#include "ir/graph/interpreter.h"

#include <optional>
#include <span>
#include <utility>

#include "ir/graph/evaluate/elementwise.h"
#include "ir/graph/evaluate/matmul.h"
#include "ir/graph/evaluate/rows.h"
#include "ir/graph/evaluate/scalar.h"
#include "ir/support/check.h"

namespace ir::graph {
namespace {

using namespace evaluate;  // NOLINT: the vocabulary of this file

using Integers = HostTensor<std::uint32_t>;

std::vector<std::int64_t> extents_of(const Shape& shape, const Symbols& symbols) {
  std::vector<std::int64_t> extents;
  for (const Dim& dim : shape) {
    const auto found = symbols.find(dim.symbol);
    CHECK(dim.is_constant() || found != symbols.end(), "no size is given for {}", dim.symbol);
    extents.push_back(dim.is_constant() ? dim.extent : found->second);
  }
  return extents;
}

// The meaning of each primitive op, given the values of its operands.
template <class T>
class Evaluation {
 public:
  using Tensor = HostTensor<T>;
  using Result = RuntimeValue<T>;

  Evaluation(const std::vector<RuntimeValue<T>>& values, const Symbols& symbols)
      : values_(values), symbols_(symbols) {}

  Result operator()(const Constant& op) const {
    if (op.dtype == DType::u32) return Integers{{}, {static_cast<std::uint32_t>(op.value)}, {}};
    return Tensor{{}, {exactly<T>(op.value)}};
  }
  Result operator()(const Iota& op) const {
    Integers out{extents_of(op.shape, symbols_), {}, {}};
    for (std::int64_t i = 0; i < out.shape[0]; ++i)
      out.data.push_back(static_cast<std::uint32_t>(i));
    return out;
  }
  Result operator()(const Gather& op) const {
    return Rows<T>::gather(tensor(op.table), integers(op.ids).data);
  }
  Result operator()(const MatmulNt& op) const { return matmul_nt(tensor(op.a), tensor(op.b)); }

  Result operator()(const Add& op) const {
    return pair(op, [](T a, T b) { return a + b; });
  }
  Result operator()(const Sub& op) const {
    return pair(op, [](T a, T b) { return a - b; });
  }
  Result operator()(const Mul& op) const {
    return pair(op, [](T a, T b) { return a * b; });
  }
  Result operator()(const Div& op) const {
    return pair(op, [](T a, T b) { return a / b; });
  }
  Result operator()(const Maximum& op) const {
    return pair(op, [](T a, T b) { return maximum(a, b); });
  }
  Result operator()(const Exp& op) const {
    return each(op, [](T x) { return exp(x); });
  }
  Result operator()(const Neg& op) const {
    return each(op, [](T x) { return -x; });
  }
  Result operator()(const Rsqrt& op) const {
    return each(op, [](T x) { return rsqrt(x); });
  }
  Result operator()(const Tanh& op) const {
    return each(op, [](T x) { return tanh(x); });
  }

  Result operator()(const LessEqual& op) const {
    return map_elements<std::uint32_t>(
        [](std::uint32_t a, std::uint32_t b) { return std::uint32_t{a <= b}; }, integers(op.a),
        integers(op.b));
  }
  Result operator()(const Select& op) const {
    return map_elements<T>([](std::uint32_t condition, T a, T b) { return condition ? a : b; },
                           integers(op.condition), tensor(op.a), tensor(op.b));
  }

  Result operator()(const ReduceSum& op) const { return Rows<T>::reduce_sum(tensor(op.x)); }
  Result operator()(const ReduceMax& op) const { return Rows<T>::reduce_max(tensor(op.x)); }
  Result operator()(const Argmax& op) const { return Rows<T>::argmax(tensor(op.x)); }

  Result operator()(const Reshape& op) const {
    const RuntimeValue<T>& x = values_[op.x.id];
    if (x.is_tensor()) return Tensor{extents_of(op.shape, symbols_), x.tensor().data};
    Integers reshaped = x.integers();
    reshaped.shape = extents_of(op.shape, symbols_);
    return reshaped;
  }
  Result operator()(const Transpose& op) const {
    const RuntimeValue<T>& x = values_[op.x.id];
    if (x.is_tensor()) return transpose(x.tensor(), op.permutation);
    return transpose(x.integers(), op.permutation);
  }
  Result operator()(const Slice& op) const {
    return Rows<T>::slice(tensor(op.x), op.begin, op.end);
  }
  Result operator()(const Concat& op) const {
    std::vector<const Tensor*> parts;
    for (const Value part : op.parts) parts.push_back(&tensor(part));
    return Rows<T>::concat(parts);
  }

  Result operator()(const RopeTable& op) const {
    return Rows<T>::rope_table(op, integers(op.positions).data);
  }
  Result operator()(const CacheWrite& op) const {
    Rows<T>::cache_write(cache(op.cache), op.layer, tensor(op.keys), tensor(op.values),
                         integers(op.sequences).data, integers(op.positions).data);
    return values_[op.cache.id];
  }
  Result operator()(const CacheKeys& op) const {
    return Rows<T>::cached_keys(cache(op.cache), op.layer, integers(op.sequences).data,
                                integers(op.positions).data, context());
  }
  Result operator()(const CacheValues& op) const {
    return Rows<T>::cached_values(cache(op.cache), op.layer, integers(op.sequences).data,
                                  integers(op.positions).data, context());
  }

  template <class Other>
  Result operator()(const Other&) const {
    CHECK(false, "{} is not evaluated here", table_of<Other>.name);
    return {};
  }

 private:
  const Tensor& tensor(Value value) const { return values_[value.id].tensor(); }
  const Integers& integers(Value value) const { return values_[value.id].integers(); }
  Cache<T>& cache(Value value) const { return values_[value.id].cache(); }
  std::int64_t context() const { return extents_of({"context"}, symbols_)[0]; }

  template <class Op, class F>
  Tensor pair(const Op& op, F&& f) const {
    return map_elements<T>(f, tensor(op.a), tensor(op.b));
  }
  template <class Op, class F>
  Tensor each(const Op& op, F&& f) const {
    return map_elements<T>(f, tensor(op.x));
  }

  const std::vector<RuntimeValue<T>>& values_;
  const Symbols& symbols_;
};

// A function made ready: which values are dead after each node.
struct Prepared {
  Function owned;  // the decomposition of a composite; empty for a function of the graph
  const Function* function = nullptr;
  std::vector<std::vector<Value>> dead_after;
};

void find_last_uses(Prepared& prepared) {
  const Function& function = *prepared.function;
  std::vector<bool> needed(function.types.size(), false);
  for (const Value result : function.results) needed[result.id] = true;
  prepared.dead_after.resize(function.nodes.size());
  for (std::size_t i = function.nodes.size(); i-- > 0;) {
    const auto last_seen = [&](Value value) {
      if (!needed[value.id]) prepared.dead_after[i].push_back(value);
      needed[value.id] = true;
    };
    last_seen(function.nodes[i].result);
    for_each_operand(function.nodes[i].op, last_seen);
  }
}

// A composite op as a function of its operands.
Function decomposition(const Op& op, const Function& caller) {
  Graph none;
  Function function;
  Builder build(none, function);
  Op copy = op;
  map_operands(copy,
               [&](Value operand) { return build.parameter("operand", caller.type_of(operand)); });
  function.results = {expand(copy, build)};
  return function;
}

template <class T>
void bind_sizes(const Type& type, const RuntimeValue<T>& value, std::string_view name,
                Symbols& symbols) {
  const auto* tensor = std::get_if<TensorType>(&type);
  CHECK(tensor ? (tensor->dtype == DType::f32 ? value.is_tensor() : value.is_integers())
               : value.is_cache(),
        "{} must be {}", name, to_string(type));
  if (!tensor) return;
  const auto& extents = value.is_tensor() ? value.tensor().shape : value.integers().shape;
  CHECK(extents.size() == tensor->shape.size(), "{} must be {}", name, to_string(type));
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const Dim& dim = tensor->shape[i];
    const std::int64_t expected =
        dim.is_constant() ? dim.extent : symbols.emplace(dim.symbol, extents[i]).first->second;
    CHECK(expected == extents[i], "extent {} of {} is {}, but {} is {}", i, name, extents[i],
          to_string(dim), expected);
  }
}

}  // namespace

template <class T>
struct Interpreter<T>::State {
  using Values = std::vector<RuntimeValue<T>>;

  const Graph& graph;
  WeightValues& weights;
  std::map<std::uint32_t, RuntimeValue<T>> loaded;
  std::map<const void*, Prepared> prepared;  // by function, or by composite node

  const Prepared& prepare(const Function& function) {
    return prepare(&function, [&](Prepared& fresh) { fresh.function = &function; });
  }
  const Prepared& prepare(const Node& node, const Function& caller) {
    return prepare(&node, [&](Prepared& fresh) {
      fresh.owned = decomposition(node.op, caller);
      fresh.function = &fresh.owned;
    });
  }
  template <class Fill>
  const Prepared& prepare(const void* key, Fill&& fill) {
    const auto [at, is_new] = prepared.try_emplace(key);
    if (is_new) {
      fill(at->second);
      find_last_uses(at->second);
    }
    return at->second;
  }

  Result<RuntimeValue<T>> load(const Weight& op) {
    const auto found = loaded.find(op.weight);
    if (found != loaded.end()) return found->second;
    TRY(auto values, weights.values<T>(op.weight));
    return loaded.emplace(op.weight, std::move(values)).first->second;
  }

  Result<RuntimeValue<T>> evaluate(const Node& node, const Function& function, const Values& values,
                                   const Symbols& symbols) {
    if (const auto* weight = std::get_if<Weight>(&node.op)) return load(*weight);
    if (table(node.op).tier == Tier::primitive)
      return std::visit(Evaluation<T>(values, symbols), node.op);
    Values operands;
    for_each_operand(node.op, [&](Value value) { operands.push_back(values[value.id]); });
    TRY(Values results, execute(prepare(node, function), std::move(operands), symbols, {}));
    return std::move(results[0]);
  }

  Result<Values> execute(const Prepared& plan, Values inputs, const Symbols& symbols,
                         const Observer<T>& on_node) {
    const Function& function = *plan.function;
    Values values(function.types.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      values[function.parameters[i].value.id] = std::move(inputs[i]);
    for (std::size_t i = 0; i < function.nodes.size(); ++i) {
      const Node& node = function.nodes[i];
      TRY(values[node.result.id], evaluate(node, function, values, symbols));
      if (on_node) on_node(node, values[node.result.id]);
      for (const Value dead : plan.dead_after[i]) values[dead.id] = {};
    }
    Values results;
    for (const Value result : function.results) results.push_back(values[result.id]);
    return results;
  }
};

template <class T>
Interpreter<T>::Interpreter(const Graph& graph, WeightValues& weights)
    : state_(new State{graph, weights, {}, {}}) {}

template <class T>
Interpreter<T>::~Interpreter() = default;

template <class T>
Result<std::vector<RuntimeValue<T>>> Interpreter<T>::run(std::string_view name,
                                                         const std::vector<RuntimeValue<T>>& inputs,
                                                         const Symbols& symbols,
                                                         const Observer<T>& on_node) {
  const Function* function = state_->graph.function(name);
  CHECK(function, "there is no function {}", name);
  CHECK(function->parameters.size() == inputs.size(), "{} takes {} inputs, not {}", name,
        function->parameters.size(), inputs.size());
  Symbols sizes = symbols;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Parameter& parameter = function->parameters[i];
    bind_sizes(function->type_of(parameter.value), inputs[i], parameter.name, sizes);
  }
  return state_->execute(state_->prepare(*function), inputs, sizes, on_node);
}

template class Interpreter<float>;
template class Interpreter<double>;
template class Interpreter<Bounded>;

}  // namespace ir::graph
