// SPDX-License-Identifier: Apache-2.0
// The laws of a graph. At every stage:
//
//    1  Names of weights and functions are unique and not empty; so are those of the parameters of
//       a function, which do not begin with a digit. Symbols are words.
//    2  A weight has one or two extents, none negative, and at least one source.
//    3  Every value is defined once, by a parameter or a node, before it is used; the function
//       states a type for each.
//    4  The type of each value is the one that its op gives.
//    5  A function returns at least one value.
//    6  The cache is threaded linearly: a function takes at most one, each state of it is written
//       at most once and not used after that, and the last one written is returned.
//    7  Every node but references to weights has a provenance.
//    8  Real attributes are finite.
//
// When built, before the storage format is chosen:
//    9  Every weight is plain f32.
//
// From `quantized` on:
//   10  Matrices are tiled; vectors are plain f32.
//   11  A tiled weight is used only where kernels read tiles: as the table of gather, the second
//       operand of matmul_nt and the matrices of the linear ops.
//
// From `fused` on:
//   12  Every value is used or returned.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "ir/graph/names.h"
#include "ir/graph/rules.h"

namespace ir::graph {
namespace {

Diagnostic broken(int law, const std::string& message, std::string place) {
  return {.kind = DiagnosticKind::graph_invalid,
          .message = fmt::format("{} (law {})", message, law),
          .where = {.item = std::move(place)}};
}

Result<void> check_weight(const WeightDecl& weight, Stage stage) {
  const auto fail = [&](int law, const std::string& message) {
    return broken(law, message, "@" + weight.name);
  };
  if (weight.shape.empty() || weight.shape.size() > 2)
    return fail(2, fmt::format("weight has rank {}, not 1 or 2", weight.shape.size()));
  for (const std::int64_t extent : weight.shape)
    if (extent < 0 || extent > kLargestExtent)
      return fail(2, fmt::format("weight has extent {}", extent));
  if (weight.sources.empty()) return fail(2, "weight has no source");
  const bool tiled = info_of(weight.encoding).columns > 1;
  if (stage == Stage::built && weight.encoding != Encoding::f32)
    return fail(9, fmt::format("weight is stored as {}", name_of(weight.encoding)));
  if (stage != Stage::built && tiled != (weight.shape.size() == 2))
    return fail(10, fmt::format("weight of rank {} is stored as {}", weight.shape.size(),
                                name_of(weight.encoding)));
  return {};
}

// Whether an op reads a matrix in tiles through a field.
bool reads_tiles(const OpTable& op, std::string_view field) {
  if (op.name == "gather") return field == "table";
  if (op.name == "matmul_nt") return field == "b";
  const bool is_linear = op.name.find("linear") != std::string_view::npos;
  return is_linear && (field == "weight" || field == "gate" || field == "up");
}

bool is_finite(double real) { return std::isfinite(real); }
bool is_finite(const std::vector<double>& reals) {
  return std::all_of(reals.begin(), reals.end(), [](double real) { return std::isfinite(real); });
}
template <class Other>
bool is_finite(const Other&) {
  return true;
}

class FunctionLaws {
 public:
  FunctionLaws(const Graph& graph, const Function& function, Stage stage)
      : graph_(graph), function_(function), stage_(stage), values_(function.types.size()) {}

  Result<void> check() {
    TRY_DO(check_parameters());
    for (std::size_t i = 0; i < function_.nodes.size(); ++i) {
      TRY_DO(check_operands(i));
      TRY_DO(check_node(i));
    }
    return check_results();
  }

 private:
  struct ValueFacts {
    bool defined = false, used = false, overwritten = false, returned = false;
    const WeightDecl* weight = nullptr;
  };

  Diagnostic fail(int law, const std::string& message) const {
    return broken(law, message, function_.name);
  }
  Diagnostic fail(int law, const std::string& message, std::size_t node) const {
    const Node& at = function_.nodes[node];
    return broken(law, message,
                  fmt::format("{}, node {} ({} at {})", function_.name, node, table(at.op).name,
                              quoted(at.provenance)));
  }
  bool is_cache(Value value) const {
    return std::holds_alternative<CacheType>(function_.type_of(value));
  }

  Result<void> check_parameters() {
    std::set<std::string_view> names;
    int caches = 0;
    for (const Parameter& parameter : function_.parameters) {
      const std::string& name = parameter.name;
      if (name.empty() || (name[0] >= '0' && name[0] <= '9') || !names.insert(name).second)
        return fail(1, fmt::format("parameter name {} is empty, a number or taken", quoted(name)));
      if (parameter.value.id >= values_.size() || values_[parameter.value.id].defined)
        return fail(3, fmt::format("parameter {} defines no value of its own", name));
      values_[parameter.value.id].defined = true;
      caches += is_cache(parameter.value) ? 1 : 0;
      TRY_DO(check_symbols(function_.type_of(parameter.value)));
    }
    if (caches > 1) return fail(6, fmt::format("the function takes {} caches", caches));
    return {};
  }
  Result<void> check_symbols(const Type& type) const {
    const auto* tensor = std::get_if<TensorType>(&type);
    if (!tensor) return {};
    for (const Dim& dim : tensor->shape)
      if (!dim.is_constant() && !is_word(dim.symbol))
        return fail(1, fmt::format("symbol {} is not a word", quoted(dim.symbol)));
    return {};
  }

  Result<void> check_operands(std::size_t index) {
    const Op& op = function_.nodes[index].op;
    Result<void> result;
    for (const Field& field : table(op)) {
      visit_field(address(op), field, [&]<class T>(const T& value) {
        if (!result) return;
        if constexpr (std::is_same_v<T, Value>) {
          if (value) result = check_use(index, field, value);
        } else if constexpr (std::is_same_v<T, std::vector<Value>>) {
          for (const Value each : value)
            if (result) result = check_use(index, field, each);
        } else if (!is_finite(value)) {
          result = fail(8, fmt::format("{} is not finite", field.name), index);
        }
      });
    }
    return result;
  }
  Result<void> check_use(std::size_t node, const Field& field, Value value) {
    if (value.id >= values_.size() || !values_[value.id].defined)
      return fail(3, fmt::format("{} is not defined before it is used", field.name), node);
    ValueFacts& facts = values_[value.id];
    if (facts.overwritten)
      return fail(6, "a state of the cache is used after it was written to", node);
    facts.used = true;
    const bool tiled = facts.weight && info_of(facts.weight->encoding).columns > 1;
    if (tiled && stage_ != Stage::built &&
        !reads_tiles(table(function_.nodes[node].op), field.name))
      return fail(11,
                  fmt::format("{} cannot be the tiled weight @{}", field.name, facts.weight->name),
                  node);
    return {};
  }

  Result<void> check_node(std::size_t index) {
    const Node& node = function_.nodes[index];
    if (node.result.id >= values_.size() || values_[node.result.id].defined)
      return fail(3, "the node defines no value of its own", index);
    const Result<Type> type = infer(graph_, function_, node.op);
    if (!type) return fail(4, type.error().message, index);
    if (*type != function_.type_of(node.result))
      return fail(4,
                  fmt::format("the op gives {}, but the value is {}", to_string(*type),
                              to_string(function_.type_of(node.result))),
                  index);
    values_[node.result.id].defined = true;
    if (const auto* weight = std::get_if<Weight>(&node.op))
      values_[node.result.id].weight = &graph_.weights[weight->weight];
    else if (node.provenance.empty())
      return fail(7, "the node has no provenance", index);
    if (is_cache(node.result)) {
      for_each_operand(node.op, [&](Value operand) {
        if (is_cache(operand)) values_[operand.id].overwritten = true;
      });
    }
    return check_symbols(*type);
  }

  Result<void> check_results() {
    if (function_.results.empty()) return fail(5, "the function returns nothing");
    for (const Value value : function_.results) {
      if (!value || value.id >= values_.size() || !values_[value.id].defined)
        return fail(3, "a result is not defined");
      if (values_[value.id].overwritten)
        return fail(6, "a state of the cache is returned after it was written to");
      values_[value.id].used = values_[value.id].returned = true;
    }
    for (std::uint32_t id = 0; id < values_.size(); ++id) {
      if (!values_[id].defined) return fail(3, fmt::format("value {} has no definition", id));
    }
    for (std::size_t i = 0; i < function_.nodes.size(); ++i) {
      const Value result = function_.nodes[i].result;
      if (is_cache(result) && !values_[result.id].overwritten && !values_[result.id].returned)
        return fail(6, "the last state of the cache is not returned", i);
    }
    return stage_ == Stage::fused ? check_uses() : Result<void>();
  }
  Result<void> check_uses() const {
    for (std::size_t i = 0; i < function_.nodes.size(); ++i)
      if (!values_[function_.nodes[i].result.id].used)
        return fail(12, "the node's value is not used", i);
    return {};
  }

  const Graph& graph_;
  const Function& function_;
  Stage stage_;
  std::vector<ValueFacts> values_;
};

}  // namespace

Result<void> verify(const Graph& graph, Stage stage) {
  std::set<std::string_view> weights, functions;
  for (const WeightDecl& weight : graph.weights) {
    if (weight.name.empty() || !weights.insert(weight.name).second)
      return broken(1, "the name of a weight is empty or taken", "@" + weight.name);
    TRY_DO(check_weight(weight, stage));
  }
  for (const Function& function : graph.functions) {
    if (function.name.empty() || !functions.insert(function.name).second)
      return broken(1, "the name of a function is empty or taken", function.name);
    TRY_DO(FunctionLaws(graph, function, stage).check());
  }
  return {};
}

}  // namespace ir::graph
