// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/rules.h"
#include "ir/support/check.h"

namespace ir::graph {
namespace {

template <class Op>
concept Composite = table_of<Op>.tier == Tier::composite;

}  // namespace

const Function* Graph::function(std::string_view name) const {
  for (const Function& function : functions)
    if (function.name == name) return &function;
  return nullptr;
}

std::optional<std::uint32_t> Graph::weight(std::string_view name) const {
  for (std::uint32_t i = 0; i < weights.size(); ++i)
    if (weights[i].name == name) return i;
  return std::nullopt;
}

Result<Type> infer(const Graph& graph, const Function& function, const Op& op) {
  const Operands operands(graph, function, table(op).name);
  return std::visit([&](const auto& held) { return result_type(held, operands); }, op);
}

Value Builder::parameter(std::string name, Type type) {
  const Value value{static_cast<std::uint32_t>(function_.types.size())};
  function_.types.push_back(std::move(type));
  function_.parameters.push_back({std::move(name), value});
  return value;
}

Value Builder::emit(Op op) {
  if (const auto* reference = std::get_if<Weight>(&op)) return weight(reference->weight);
  return append(std::move(op), provenance_);
}

Value Builder::weight(std::uint32_t index) {
  for (; scanned_ < function_.nodes.size(); ++scanned_) {
    const Node& node = function_.nodes[scanned_];
    if (const auto* known = std::get_if<Weight>(&node.op)) weights_[known->weight] = node.result;
  }
  const auto found = weights_.find(index);
  if (found != weights_.end()) return found->second;
  CHECK(index < graph_.weights.size(), "weight {} of {}", index, graph_.weights.size());
  return append(Weight{index}, graph_.weights[index].name);
}

Value Builder::append(Op op, std::string provenance) {
  Result<Type> type = infer(graph_, function_, op);
  CHECK(type, "{} (at {})", type.error().message, provenance);
  const Value value{static_cast<std::uint32_t>(function_.types.size())};
  function_.types.push_back(*std::move(type));
  function_.nodes.push_back({std::move(op), value, std::move(provenance)});
  return value;
}

Value expand(const Op& op, Builder& build) {
  return std::visit(
      [&]<class Held>(const Held& held) {
        if constexpr (Composite<Held>)
          return decompose(held, build);
        else
          return build.emit(held);
      },
      op);
}

}  // namespace ir::graph
