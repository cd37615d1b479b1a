// SPDX-License-Identifier: Apache-2.0
// Rewriter: rebuilds a function node by node, with some nodes replaced. What nothing uses any more
// is dropped, nodes and weights alike.
//
//   rewrite(graph, [](const Node& node, Rewriter& r) -> std::optional<Value> {
//     const auto* add = std::get_if<Add>(&node.op);
//     const auto* linear = add ? r.sole<Linear>(add->b) : nullptr;     // Linear used only here
//     if (!linear) return std::nullopt;                                // keep the node
//     return r.emit(LinearAdd{add->a, linear->x, linear->weight, linear->bias});
//   });
//
// A rule speaks of values of the old function; emit() translates operands.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/graph/graph.h"

namespace passes {

class Rewriter {
 public:
  using Value = ir::graph::Value;
  using Node = ir::graph::Node;
  // Returns the value that takes the node's place, or nothing to keep the node.
  using Rule = std::function<std::optional<Value>(const Node& node, Rewriter& rewriter)>;

  Rewriter(ir::graph::Graph& graph, const ir::graph::Function& old);

  // The node that defines an old value; nullptr for a parameter.
  const Node* definition(Value value) const;
  // Its op, if it is an `Op`.
  template <class Op>
  const Op* defined_as(Value value) const {
    const Node* node = value ? definition(value) : nullptr;
    return node ? std::get_if<Op>(&node->op) : nullptr;
  }
  // The same, if moreover the value has one use only, so that replacing it costs nothing.
  template <class Op>
  const Op* sole(Value value) const {
    return value && uses(value) == 1 ? defined_as<Op>(value) : nullptr;
  }
  // Operands, and results of the function, that are this old value.
  std::size_t uses(Value value) const { return uses_[value.id]; }
  // The nodes that use an old value, in order.
  const std::vector<const Node*>& users(Value value) const { return users_[value.id]; }

  // Appends an op whose operands are old values, or values that emit() returned.
  Value emit(ir::graph::Op op);
  // Like emit, with the provenance of another node.
  Value emit(ir::graph::Op op, std::string provenance);
  Value weight(std::uint32_t index) { return fresh(builder_.weight(index)); }

  const ir::graph::TensorType& type_of(Value old) const { return old_.tensor_type_of(old); }
  ir::graph::Graph& graph() { return graph_; }

  // Runs the rule over the function and returns the new one.
  ir::graph::Function run(const Rule& rule) &&;

 private:
  // Values of the new function are told from old ones by this bit.
  static constexpr std::uint32_t kFresh = 0x8000'0000;
  static Value fresh(Value value) { return {value.id | kFresh}; }
  Value translate(Value value) const;

  ir::graph::Graph& graph_;
  const ir::graph::Function& old_;
  ir::graph::Function new_;
  ir::graph::Builder builder_;
  std::vector<const Node*> definitions_;         // by old value
  std::vector<std::vector<const Node*>> users_;  // by old value
  std::vector<std::size_t> uses_;                // by old value
  std::vector<Value> replaced_;                  // by old value: the new one
};

// Applies the rule to every function of the graph, then drops what is unused.
void rewrite(ir::graph::Graph& graph, const Rewriter::Rule& rule);

}  // namespace passes
