// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/costs.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "ir/support/match.h"

namespace codegen::bundle {
namespace {

using ir::kernel::BufferRole;
using ir::kernel::Kernel;
using ir::kernel::Program;

// Pages of the pools when one sequence has grown to `context` tokens.
std::uint64_t pool_pages(const SectionCapacities& capacities, std::uint64_t context) {
  const std::uint64_t needed = (context + capacities.page_tokens - 1) / capacities.page_tokens;
  const std::uint64_t most =
      std::uint64_t{capacities.pages_per_sequence} * capacities.max_sequences;
  std::uint64_t pages = capacities.initial_pages;
  while (pages < needed) pages = std::min(most, 2 * pages);
  return pages;
}

std::uint64_t workgroup_bytes(const Kernel& kernel) {
  std::uint64_t bytes = 0;
  for (const ir::kernel::Memory& memory : kernel.memories)
    if (memory.space == ir::kernel::Space::workgroup)
      bytes += std::uint64_t{bytes_of(memory.element)} * memory.count;
  return bytes;
}

// Multiplications and additions per row, by weight: 2 n k for each matrix that a row of `forward`
// or `head` is multiplied with.
std::map<std::uint32_t, std::uint64_t> flops_by_weight(const ir::graph::Graph& graph) {
  std::map<std::uint32_t, std::uint64_t> flops;
  for (const char* name : {"forward", "head"}) {
    const ir::graph::Function* function = graph.function(name);
    if (function == nullptr) continue;
    std::map<std::uint32_t, std::uint32_t> weights;  // by value
    for (const ir::graph::Node& node : function->nodes) {
      if (const auto* weight = std::get_if<ir::graph::Weight>(&node.op))
        weights[node.result.id] = weight->weight;
      if (std::holds_alternative<ir::graph::Gather>(node.op)) continue;
      ir::graph::for_each_operand(node.op, [&](ir::graph::Value operand) {
        const auto found = weights.find(operand.id);
        if (found == weights.end()) return;
        const auto& shape = graph.weights[found->second].shape;
        if (shape.size() == 2)
          flops[found->second] += 2 * static_cast<std::uint64_t>(shape[0] * shape[1]);
      });
    }
  }
  return flops;
}

// The cache buffers that the steps of each layer touch.
std::map<std::string, std::set<std::uint32_t>> caches_by_layer(const Program& program) {
  std::map<std::string, std::set<std::uint32_t>> caches;
  for (const ir::kernel::ScheduledFunction& function : program.functions)
    for (const ir::kernel::Step& step : function.steps)
      if (const auto* dispatch = std::get_if<ir::kernel::Dispatch>(&step.action))
        for (const std::uint32_t buffer : dispatch->buffers)
          if (program.buffers[buffer].role == BufferRole::cache)
            caches[std::string(weights::layer_of(step.provenance))].insert(buffer);
  return caches;
}

}  // namespace

std::vector<MemoryRow> predict_memory(const ProgramSection& section) {
  const auto at = [&](std::uint32_t context) {
    const std::uint64_t pages = pool_pages(section.capacities, context);
    std::uint64_t bytes = 0;
    for (const SectionBuffer& buffer : section.buffers) bytes += bytes_of(buffer, pages);
    return MemoryRow{context, bytes};
  };
  std::vector<MemoryRow> rows;
  for (std::uint32_t context = 256; context < section.capacities.context; context *= 2)
    rows.push_back(at(context));
  rows.push_back(at(section.capacities.context));
  return rows;
}

Requirements requirements_of(const Program& program, const ProgramSection& section) {
  Requirements needs;
  const auto at_least = [&](const char* limit, std::uint64_t value) {
    needs.limits[limit] = std::max(needs.limits[limit], value);
  };
  for (const SectionBuffer& buffer : section.buffers) {
    const std::uint64_t bytes = bytes_of(buffer, section.capacities.initial_pages);
    at_least("maxBufferSize", bytes);
    at_least("maxStorageBufferBindingSize",
             buffer.role == BufferRole::step ? section.capacities.step_slot_bytes : bytes);
  }
  const auto runs = [&](const Kernel& kernel) {
    const auto [x, y, z] = kernel.workgroup_size;
    at_least("maxStorageBuffersPerShaderStage", kernel.storage_count());
    at_least("maxComputeWorkgroupStorageSize", workgroup_bytes(kernel));
    at_least("maxComputeInvocationsPerWorkgroup", std::uint64_t{x} * y * z);
    at_least("maxComputeWorkgroupSizeX", x);
    at_least("maxComputeWorkgroupSizeY", y);
    at_least("maxComputeWorkgroupSizeZ", z);
  };
  std::set<std::string> required, optional;
  for (const Kernel& kernel : program.kernels) {
    runs(kernel);
    required.merge(features_of(kernel));
  }
  for (const ir::kernel::Variant& variant : program.variants) {
    runs(variant.kernel);
    optional.merge(features_of(variant.kernel));
  }
  needs.features.assign(required.begin(), required.end());
  std::set_difference(optional.begin(), optional.end(), required.begin(), required.end(),
                      std::back_inserter(needs.optional_features));
  return needs;
}

std::vector<LayerCost> layer_costs(const ir::graph::Graph& graph, const Program& program,
                                   const ProgramSection& section,
                                   std::span<const std::vector<weights::Piece>> pieces) {
  const auto flops = flops_by_weight(graph);
  std::vector<LayerCost> layers;
  std::map<std::string_view, std::size_t> places;
  for (std::uint32_t i = 0; i < graph.weights.size(); ++i) {
    const std::string_view name = weights::layer_of(graph.weights[i].name);
    const auto [place, is_new] = places.emplace(name, layers.size());
    if (is_new) layers.push_back({.name = std::string(name)});
    LayerCost& layer = layers[place->second];
    for (const weights::Piece& piece : pieces[i]) {
      layer.weight_bytes += piece.bytes;
      layer.segments.push_back(piece.segment);
    }
    if (const auto found = flops.find(i); found != flops.end())
      layer.flops_per_token += found->second;
  }
  const auto caches = caches_by_layer(program);
  for (LayerCost& layer : layers) {
    std::sort(layer.segments.begin(), layer.segments.end());
    layer.segments.erase(std::unique(layer.segments.begin(), layer.segments.end()),
                         layer.segments.end());
    const auto found = caches.find(layer.name);
    if (found == caches.end()) continue;
    for (const std::uint32_t buffer : found->second)
      layer.kv_bytes_per_token +=
          section.buffers[buffer].bytes_per_page / section.capacities.page_tokens;
  }
  return layers;
}

}  // namespace codegen::bundle
