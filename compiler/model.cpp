// SPDX-License-Identifier: Apache-2.0
#include "compiler/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/diagnostics_printer.h"
#include "frontends/architectures/architectures.h"

namespace compiler {
namespace {

// Longer texts than this need more than 32 bits somewhere; no model asks for them.
constexpr std::int64_t kLongestContext = 1 << 24;

ir::Diagnostic context_beyond_model(std::uint32_t cap, std::int64_t positions) {
  return {.kind = ir::DiagnosticKind::context_capped,
          .message = fmt::format(
              "--context {} is more than the model's {} positions, which are used", cap, positions),
          .severity = ir::Severity::warning};
}

}  // namespace

ir::Result<Model> open_model(const std::filesystem::path& path,
                             std::optional<std::uint32_t> context_cap) {
  TRY(frontends::ModelFolder folder, frontends::open_model_folder(path));
  for (const ir::Diagnostic& warning : folder.warnings) print_diagnostic(stderr, warning);
  TRY(ir::graph::Graph graph, frontends::build_graph(folder));
  const std::int64_t positions = std::min(folder.config.max_position_embeddings, kLongestContext);
  if (context_cap && *context_cap > positions)
    print_diagnostic(stderr, context_beyond_model(*context_cap, positions));
  const auto context = std::min(static_cast<std::uint32_t>(positions),
                                context_cap.value_or(static_cast<std::uint32_t>(positions)));
  return Model{std::move(folder), std::move(graph), context};
}

std::vector<std::uint32_t> eos_ids(const frontends::ModelFolder& folder) {
  const auto& ids = folder.generation.eos_token_ids.empty() ? folder.config.eos_token_ids
                                                            : folder.generation.eos_token_ids;
  return {ids.begin(), ids.end()};
}

std::optional<std::uint32_t> bos_id(const frontends::ModelFolder& folder) {
  const auto id =
      folder.config.bos_token_id ? folder.config.bos_token_id : folder.generation.bos_token_id;
  return id ? std::optional(static_cast<std::uint32_t>(*id)) : std::nullopt;
}

}  // namespace compiler
