// SPDX-License-Identifier: Apache-2.0
// Kernels, their variants, and dispatches of them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codegen/lower/lowering.h"
#include "codegen/targets/targets.h"
#include "ir/kernel/required_target.h"
#include "ir/support/check.h"

namespace codegen::lower {

using ir::kernel::SizeExpr;

// Kernels are named by their forms; a second one under one name gets a number.
std::string Lowering::unused_name(std::string_view base) const {
  const auto taken = [&](std::string_view name) {
    return std::any_of(program_.kernels.begin(), program_.kernels.end(),
                       [&](const ir::kernel::Kernel& k) { return k.name == name; }) ||
           std::any_of(program_.variants.begin(), program_.variants.end(),
                       [&](const ir::kernel::Variant& v) { return v.kernel.name == name; });
  };
  std::string name(base);
  for (int i = 2; taken(name); ++i) name = fmt::format("{}_{}", base, i);
  return name;
}

// The plain kernel, and its variants after it. Those of an equal kernel serve again.
std::uint32_t Lowering::kernel_index(std::vector<ir::kernel::Kernel> versions) {
  const auto known = std::find_if(written_.begin(), written_.end(),
                                  [&](const WrittenKernel& w) { return w.versions == versions; });
  if (known != written_.end()) return known->index;
  const auto next = static_cast<std::uint32_t>(program_.kernels.size());
  written_.push_back({versions, next});
  const std::string name = versions[0].name = unused_name(versions[0].name);
  program_.kernels.push_back(std::move(versions[0]));
  for (std::size_t i = 1; i < versions.size(); ++i) {
    const ir::Target target = required_target(versions[i]);
    versions[i].name = unused_name(fmt::format("{}{}{}", name, target.f16 ? "_f16" : "",
                                               target.subgroups ? "_subgroups" : ""));
    program_.variants.push_back({next, std::move(versions[i])});
  }
  return next;
}

void Lowering::dispatch(const KernelWriter& write, const std::vector<std::uint32_t>& buffers,
                        const std::array<SizeExpr, 3>& grid) {
  std::vector<ir::kernel::Kernel> versions = {write({})};
  for (const ir::Target& target : targets::kTargets) {
    if (!includes(options_.variants, target)) continue;
    ir::kernel::Kernel version = write(target);
    if (std::find(versions.begin(), versions.end(), version) == versions.end())
      versions.push_back(std::move(version));
  }
  append(std::move(versions), buffers, grid);
}

void Lowering::dispatch(ir::kernel::Kernel kernel, std::vector<std::uint32_t> buffers,
                        std::array<SizeExpr, 3> grid) {
  std::vector<ir::kernel::Kernel> versions;
  versions.push_back(std::move(kernel));
  append(std::move(versions), std::move(buffers), std::move(grid));
}

void Lowering::append(std::vector<ir::kernel::Kernel> versions, std::vector<std::uint32_t> buffers,
                      std::array<SizeExpr, 3> grid) {
  CHECK(versions[0].storage_count() == buffers.size(), "{}: {} buffers for {} memories",
        versions[0].name, buffers.size(), versions[0].storage_count());
  for (const SizeExpr& size : grid)
    if (size.is_constant() && size.value == 0) return;
  if (!is_possible(rest_ * condition_)) return;
  const std::uint32_t index = kernel_index(std::move(versions));
  program_.functions.back().steps.push_back(
      {.action = ir::kernel::Dispatch{index, std::move(buffers), std::move(grid)},
       .when = rest_ * condition_,
       .provenance = provenance_});
}

}  // namespace codegen::lower
