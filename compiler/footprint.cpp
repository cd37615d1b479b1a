// SPDX-License-Identifier: Apache-2.0
#include "compiler/footprint.h"

#include <algorithm>

namespace compiler {
namespace {

constexpr std::uint64_t kShortestContext = 256;  // tokens
constexpr std::uint64_t kInitialPages = 4;       // of each cache pool, at load
constexpr std::uint64_t kStepSlots = 4;          // steps in flight

bool is_dispatched(const ir::kernel::Step& step, const ir::kernel::Symbols& symbols) {
  const auto* dispatch = std::get_if<ir::kernel::Dispatch>(&step.action);
  if (dispatch == nullptr || evaluate(step.when, symbols) == 0) return false;
  return std::all_of(dispatch->grid.begin(), dispatch->grid.end(),
                     [&](const auto& extent) { return evaluate(extent, symbols) > 0; });
}

}  // namespace

std::uint64_t gpu_bytes(const ir::kernel::Program& program, std::uint64_t context) {
  const ir::kernel::Capacities& capacities = program.capacities;
  std::uint64_t pages = kInitialPages;
  while (pages * capacities.page_tokens < context) pages *= 2;
  std::uint64_t total = 0;
  for (const ir::kernel::Buffer& buffer : program.buffers)
    total += evaluate(buffer.bytes, {{"page_capacity", pages}}) *
             (buffer.role == ir::kernel::BufferRole::step ? kStepSlots : 1);
  return total;
}

std::vector<ContextBytes> gpu_memory(const ir::kernel::Program& program) {
  const std::uint64_t context = program.capacities.context;
  std::vector<ContextBytes> rows;
  for (std::uint64_t tokens = kShortestContext; tokens < context; tokens *= 2)
    rows.push_back({tokens, gpu_bytes(program, tokens)});
  rows.push_back({context, gpu_bytes(program, context)});
  return rows;
}

std::vector<FunctionRow> dispatches_of_one_row(const ir::kernel::Program& program) {
  const ir::kernel::Symbols one_row = {{"rows", 1}, {"outputs", 1}, {"pages", 1}};
  std::vector<FunctionRow> rows;
  for (const ir::kernel::ScheduledFunction& function : program.functions) {
    const auto count =
        std::count_if(function.steps.begin(), function.steps.end(),
                      [&](const auto& step) { return is_dispatched(step, one_row); });
    rows.push_back({function.name, static_cast<std::uint64_t>(count)});
  }
  return rows;
}

std::uint64_t dispatches_per_token(const ir::kernel::Program& program) {
  std::uint64_t total = 0;
  for (const FunctionRow& row : dispatches_of_one_row(program))
    if (row.name == "forward" || row.name == "greedy") total += row.dispatches;
  return total;
}

}  // namespace compiler
