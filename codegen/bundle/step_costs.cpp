// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/step_costs.h"

#include <string_view>

namespace codegen::bundle {
namespace {

using ir::graph::Node;
using ir::kernel::Buffer;
using ir::kernel::BufferRole;
using ir::kernel::Dispatch;
using ir::kernel::Program;
using ir::kernel::Space;

std::uint64_t bytes_of(const Buffer& buffer, std::uint64_t pages = 0) {
  return ir::kernel::evaluate(buffer.bytes, {{"page_capacity", pages}});
}

// The costs of the steps of one function.
class FunctionCosts {
 public:
  FunctionCosts(const ir::graph::Graph& graph, const Program& program, std::string_view name)
      : program_(program), function_(graph.function(name)) {
    if (function_ == nullptr) return;
    weights_.resize(function_->types.size(), nullptr);
    for (const Node& node : function_->nodes)
      weights_[node.result.id] = std::get_if<ir::graph::Weight>(&node.op);
  }

  StepCost cost(const ir::kernel::Step& step) const {
    StepCost cost{.at = step.provenance};
    const auto* dispatch = std::get_if<Dispatch>(&step.action);
    if (dispatch == nullptr) return cost;
    std::size_t binding = 0;
    bool looks_back = false;
    for (const ir::kernel::Memory& memory : program_.kernels[dispatch->kernel].memories) {
      if (memory.space == Space::workgroup) continue;
      const Buffer& buffer = program_.buffers[dispatch->buffers[binding++]];
      if (buffer.role == BufferRole::weight) add_weight(cost, buffer);
      if (buffer.role == BufferRole::result)
        cost.bytes_per_row += bytes_of(buffer) / program_.capacities.max_sequences;
      if (buffer.role != BufferRole::cache) continue;
      const bool is_read = memory.space == Space::read;
      looks_back |= is_read;
      (is_read ? cost.bytes_per_position : cost.bytes_per_row) +=
          (bytes_of(buffer, 1) - bytes_of(buffer)) / program_.capacities.page_tokens;
    }
    if (looks_back) cost.flops_per_position = flops_per_position(step.provenance);
    return cost;
  }

 private:
  // Of a matrix that is multiplied by, all is read; of one that ids look rows up in, those rows.
  void add_weight(StepCost& cost, const Buffer& buffer) const {
    const auto& shape = program_.weights[buffer.weight].shape;
    const auto all_rows = static_cast<std::uint64_t>(shape[0]);
    const Node* user = user_of(buffer.weight, cost.at);
    if (user != nullptr && std::holds_alternative<ir::graph::Gather>(user->op)) {
      cost.bytes_per_row += bytes_of(buffer) / all_rows;
      return;
    }
    cost.bytes += bytes_of(buffer);
    const std::uint64_t rows = buffer.rows ? buffer.rows->count : all_rows;
    if (user != nullptr && shape.size() == 2)
      cost.flops_per_row += 2 * rows * static_cast<std::uint64_t>(shape[1]);
  }

  // The node of that provenance that has the weight as an operand.
  const Node* user_of(std::uint32_t weight, std::string_view provenance) const {
    return find(provenance, [&](ir::graph::Value operand) {
      return weights_[operand.id] != nullptr && weights_[operand.id]->weight == weight;
    });
  }

  // Scores and their sum of values: a multiplication and an addition each, for each column.
  std::uint64_t flops_per_position(std::string_view provenance) const {
    const Node* node = find(provenance, [&](ir::graph::Value operand) {
      return std::holds_alternative<ir::graph::CacheType>(function_->type_of(operand));
    });
    if (node == nullptr) return 0;
    return 4 *
           static_cast<std::uint64_t>(function_->tensor_type_of(node->result).shape.back().extent);
  }

  // The node of that provenance whose result is a tensor and one of whose operands `is_wanted`.
  template <class IsWanted>
  const Node* find(std::string_view provenance, IsWanted is_wanted) const {
    if (function_ == nullptr) return nullptr;
    for (const Node& node : function_->nodes) {
      if (node.provenance != provenance ||
          !std::holds_alternative<ir::graph::TensorType>(function_->type_of(node.result)))
        continue;
      bool has_wanted = false;
      ir::graph::for_each_operand(
          node.op, [&](ir::graph::Value operand) { has_wanted |= is_wanted(operand); });
      if (has_wanted) return &node;
    }
    return nullptr;
  }

  const Program& program_;
  const ir::graph::Function* function_;            // null: no graph says what it means
  std::vector<const ir::graph::Weight*> weights_;  // by value; null: it is no weight
};

}  // namespace

std::vector<std::vector<StepCost>> step_costs(const ir::graph::Graph& graph,
                                              const Program& program) {
  std::vector<std::vector<StepCost>> functions;
  for (const ir::kernel::ScheduledFunction& function : program.functions) {
    const FunctionCosts costs(graph, program, function.name);
    std::vector<StepCost>& steps = functions.emplace_back();
    for (const ir::kernel::Step& step : function.steps) steps.push_back(costs.cost(step));
  }
  return functions;
}

}  // namespace codegen::bundle
