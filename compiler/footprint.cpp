// SPDX-License-Identifier: Apache-2.0
#include "compiler/footprint.h"

#include <algorithm>

#include "codegen/bundle/costs.h"

namespace compiler {
namespace {

bool is_dispatched(const ir::kernel::Step& step, const ir::kernel::Symbols& symbols) {
  const auto* dispatch = std::get_if<ir::kernel::Dispatch>(&step.action);
  if (dispatch == nullptr || evaluate(step.when, symbols) == 0) return false;
  return std::all_of(dispatch->grid.begin(), dispatch->grid.end(),
                     [&](const auto& extent) { return evaluate(extent, symbols) > 0; });
}

}  // namespace

std::vector<ContextBytes> gpu_memory(const ir::kernel::Program& program) {
  const std::vector<std::string> no_text(program.kernels.size() + program.variants.size());
  const auto section = codegen::bundle::make_program_section({}, program, no_text);
  std::vector<ContextBytes> rows;
  for (const codegen::bundle::MemoryRow& row : codegen::bundle::predict_memory(section))
    rows.push_back({row.context, row.gpu_bytes});
  return rows;
}

std::vector<FunctionRow> dispatches_of_one_row(const ir::kernel::Program& program) {
  const ir::kernel::Symbols one_row = {{"rows", 1}, {"outputs", 1}, {"pages", 1}, {"searches", 0}};
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
