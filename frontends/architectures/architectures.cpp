// SPDX-License-Identifier: Apache-2.0
#include "frontends/architectures/architectures.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace frontends {
namespace {

constexpr std::array kArchitectures = {
    Architecture{"LlamaForCausalLM", build_llama},
    Architecture{"MistralForCausalLM", build_llama},  // without its sliding window
};

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

ir::Result<ir::graph::Graph> build_graph(const ModelFolder& folder) {
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name != folder.config.architecture) continue;
    ModelBuilder m(folder);
    architecture.build(folder.config, m);
    return std::move(m).finish();
  }
  std::string known;
  for (const Architecture& architecture : kArchitectures)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", architecture.name);
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::unknown_architecture,
      .message = fmt::format("architecture {} is not known", folder.config.architecture),
      .where = {.path = (folder.path / "config.json").string()},
      .help = "known architectures: " + known};
}

}  // namespace frontends
