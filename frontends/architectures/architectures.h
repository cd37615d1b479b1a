// SPDX-License-Identifier: Apache-2.0
// The model families that can be compiled, one file each. Adding one: its file here and one line in
// architectures.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "frontends/model_builder.h"

namespace frontends {

// What the model's configuration class in transformers assumes where config.json is silent
// (src/transformers/models/<model_type>/configuration_<model_type>.py).
struct ConfigDefaults {
  std::string_view model_type;
  std::int64_t max_position_embeddings = 2048;
  std::optional<std::int64_t> num_key_value_heads;  // absent: as many as there are heads
  bool has_sliding_window = false;                  // false: the class ignores sliding_window
  bool has_qkv_bias = false;  // of q, k and v, never of o; false: attention_bias says, of all four
  std::optional<std::int64_t> sliding_window;
};

struct Architecture {
  std::string_view name;  // as in config.json's "architectures"
  void (*build)(const ModelConfig& config, ModelBuilder& m);
  ConfigDefaults defaults;
};

std::span<const Architecture> architectures();

// The graph of a model folder: functions forward, head and greedy (ir/graph/graph.h).
// Errors: those of ModelBuilder::finish.
ir::Result<ir::graph::Graph> build_graph(const ModelFolder& folder);

}  // namespace frontends
