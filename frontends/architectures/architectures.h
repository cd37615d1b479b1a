// SPDX-License-Identifier: Apache-2.0
// The model families that can be compiled, one file each. Adding one: its file here and one line in
// architectures.cpp.
#pragma once

#include <span>
#include <string_view>

#include "frontends/model_builder.h"

namespace frontends {

struct Architecture {
  std::string_view name;  // as in config.json's "architectures"
  void (*build)(const ModelConfig& config, ModelBuilder& m);
};

std::span<const Architecture> architectures();

// The graph of a model folder: functions forward, head, sample and greedy (ir/graph/graph.h).
// Errors: unknown_architecture and those of ModelBuilder::finish.
ir::Result<ir::graph::Graph> build_graph(const ModelFolder& folder);

void build_llama(const ModelConfig& config, ModelBuilder& m);  // llama.cpp

}  // namespace frontends
