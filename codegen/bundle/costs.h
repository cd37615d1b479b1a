// SPDX-License-Identifier: Apache-2.0
// What a bundle will cost where it runs, told before anything is downloaded: GPU memory by context,
// weights, cache and arithmetic of each layer, and what the GPU must offer.
#pragma once

#include <span>
#include <vector>

#include "codegen/bundle/manifest.h"
#include "codegen/bundle/program_section.h"
#include "ir/graph/graph.h"

namespace codegen::bundle {

// A row for 256 tokens, each doubling of it, and the whole context. The cache's pools grow as in
// runtime/web/gpu/buffers.ts; while they do, the old ones exist beside the new.
std::vector<MemoryRow> predict_memory(const ProgramSection& section);

// What the program needs to start, with the cache at its first size.
Requirements requirements_of(const ir::kernel::Program& program, const ProgramSection& section);

// One entry per module of weights::layer_of, in the order of the graph's weights. `pieces` as in
// weights::WrittenWeights.
std::vector<LayerCost> layer_costs(const ir::graph::Graph& graph,
                                   const ir::kernel::Program& program,
                                   const ProgramSection& section,
                                   std::span<const std::vector<weights::Piece>> pieces);

}  // namespace codegen::bundle
