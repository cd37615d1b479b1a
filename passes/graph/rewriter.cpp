// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/rewriter.h"

#include <utility>

#include "ir/support/check.h"

namespace passes {
namespace {

using namespace ir::graph;  // NOLINT

// The function without nodes whose result nothing uses.
Function without_dead_nodes(Graph& graph, const Function& function) {
  std::vector<bool> live(function.types.size(), false);
  for (Value result : function.results) live[result.id] = true;
  for (auto node = function.nodes.rbegin(); node != function.nodes.rend(); ++node)
    if (live[node->result.id]) for_each_operand(node->op, [&](Value v) { live[v.id] = true; });

  Function kept{.name = function.name};
  Builder build(graph, kept);
  std::vector<Value> mapped(function.types.size());
  for (const Parameter& parameter : function.parameters)
    mapped[parameter.value.id] = build.parameter(parameter.name, function.type_of(parameter.value));
  for (const Node& node : function.nodes) {
    if (!live[node.result.id]) continue;
    Op op = node.op;
    map_operands(op, [&](Value v) { return mapped[v.id]; });
    build.at(node.provenance);
    mapped[node.result.id] = build.emit(std::move(op));
  }
  std::vector<Value> results;
  for (Value result : function.results) results.push_back(mapped[result.id]);
  build.returns(std::move(results));
  return kept;
}

void drop_unused_weights(Graph& graph) {
  constexpr std::uint32_t kUnused = 0xffffffff;
  std::vector<std::uint32_t> renumbered(graph.weights.size(), kUnused);
  for (const Function& function : graph.functions)
    for (const Node& node : function.nodes)
      if (const auto* weight = std::get_if<Weight>(&node.op)) renumbered[weight->weight] = 0;
  std::vector<WeightDecl> kept;
  for (std::size_t i = 0; i < graph.weights.size(); ++i) {
    if (renumbered[i] == kUnused) continue;
    renumbered[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(graph.weights[i]));
  }
  graph.weights = std::move(kept);
  for (Function& function : graph.functions)
    for (Node& node : function.nodes)
      if (auto* weight = std::get_if<Weight>(&node.op)) weight->weight = renumbered[weight->weight];
}

}  // namespace

Rewriter::Rewriter(Graph& graph, const Function& old)
    : graph_(graph),
      old_(old),
      new_{.name = old.name},
      builder_(graph, new_),
      definitions_(old.types.size(), nullptr),
      users_(old.types.size()),
      uses_(old.types.size(), 0),
      replaced_(old.types.size()) {
  for (const Node& node : old.nodes) {
    definitions_[node.result.id] = &node;
    for_each_operand(node.op, [&](Value value) {
      users_[value.id].push_back(&node);
      ++uses_[value.id];
    });
  }
  for (Value result : old.results) ++uses_[result.id];
}

const Node* Rewriter::definition(Value value) const { return definitions_[value.id]; }

Value Rewriter::translate(Value value) const {
  if (value.id & kFresh) return {value.id & ~kFresh};
  CHECK(replaced_[value.id], "a rule uses %{} before it is defined", value.id);
  return replaced_[value.id];
}

Value Rewriter::emit(Op op) {
  map_operands(op, [&](Value value) { return translate(value); });
  return fresh(builder_.emit(std::move(op)));
}

Value Rewriter::emit(Op op, std::string provenance) {
  builder_.at(std::move(provenance));
  return emit(std::move(op));
}

Function Rewriter::run(const Rule& rule) && {
  for (const Parameter& parameter : old_.parameters)
    replaced_[parameter.value.id] =
        builder_.parameter(parameter.name, old_.type_of(parameter.value));
  for (const Node& node : old_.nodes) {
    builder_.at(node.provenance);
    const std::optional<Value> instead = rule(node, *this);
    if (instead) {
      replaced_[node.result.id] = translate(*instead);
    } else if (const auto* weight = std::get_if<Weight>(&node.op)) {
      replaced_[node.result.id] = builder_.weight(weight->weight);
    } else {
      replaced_[node.result.id] = translate(emit(node.op, node.provenance));
    }
  }
  std::vector<Value> results;
  for (Value result : old_.results) results.push_back(translate(result));
  builder_.returns(std::move(results));
  return std::move(new_);
}

void rewrite(Graph& graph, const Rewriter::Rule& rule) {
  for (Function& function : graph.functions) {
    const Function rewritten = Rewriter(graph, function).run(rule);
    function = without_dead_nodes(graph, rewritten);
  }
  drop_unused_weights(graph);
}

}  // namespace passes
