// SPDX-License-Identifier: Apache-2.0
#include "tests/numerics/kernel_uses.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/lower/lower.h"
#include "codegen/targets/targets.h"
#include "ir/encoding/encoding.h"
#include "ir/kernel/required_target.h"

namespace tests::numerics {
namespace {

using ir::kernel::Dispatch;
using ir::kernel::Kernel;
using ir::kernel::Program;

bool has(const Program& program, Kernel kernel) {
  return std::any_of(program.kernels.begin(), program.kernels.end(), [&](const Kernel& other) {
    kernel.name = other.name;  // which may be numbered otherwise
    return kernel == other;
  });
}

// By kernel, the form that wrote it: that without which it is missing.
std::vector<std::string_view> forms_of(const PreparedCase& prepared, const Program& program) {
  std::vector<std::string_view> forms(program.kernels.size(), "generic");
  for (const std::string_view form : codegen::lower::form_names()) {
    if (form == "generic") continue;
    const Program without = prepared.lower({form});
    for (std::size_t i = 0; i < forms.size(); ++i)
      if (!has(without, program.kernels[i])) forms[i] = form;
  }
  return forms;
}

std::string_view encoding_of(const Program& program, const Dispatch& dispatch) {
  for (const std::uint32_t buffer : dispatch.buffers) {
    if (program.buffers[buffer].role != ir::kernel::BufferRole::weight) continue;
    const ir::kernel::StoredTensor& tensor = program.weights[program.buffers[buffer].weight];
    if (tensor.shape.size() == 2) return name_of(tensor.encoding);
  }
  return {};
}

}  // namespace

std::string to_string(const KernelUse& use) {
  return fmt::format("{}{}{}{}{}", use.form, use.encoding.empty() ? "" : " ", use.encoding,
                     use.f16 ? ", f16" : "", use.subgroups ? ", subgroups" : "");
}

std::set<KernelUse> kernel_uses(const PreparedCase& prepared) {
  const Program program = prepared.lower({});
  const std::vector<std::string_view> forms = forms_of(prepared, program);
  std::set<KernelUse> uses;
  for (const ir::kernel::Step& step : program.function("run")->steps) {
    const auto* dispatch = std::get_if<Dispatch>(&step.action);
    if (!dispatch || evaluate(step.when, prepared.symbols()) == 0) continue;
    const auto add = [&](ir::Target target) {
      const ir::Target needs = required_target(program.kernel_for(dispatch->kernel, target));
      uses.insert(
          {forms[dispatch->kernel], encoding_of(program, *dispatch), needs.f16, needs.subgroups});
    };
    add({});
    for (const ir::Target& target : codegen::targets::kTargets) add(target);
  }
  return uses;
}

}  // namespace tests::numerics
