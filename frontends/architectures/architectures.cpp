// SPDX-License-Identifier: Apache-2.0
#include "frontends/architectures/architectures.h"

#include <array>
#include <utility>

#include "ir/support/check.h"

namespace frontends {

void build_llama(const ModelConfig& c, ModelBuilder& m);

namespace {

constexpr std::array kArchitectures = {
    Architecture{"LlamaForCausalLM", build_llama, {.model_type = "llama"}},
    Architecture{"MistralForCausalLM",
                 build_llama,
                 {.model_type = "mistral",
                  .max_position_embeddings = 131072,
                  .num_key_value_heads = 8,
                  .has_sliding_window = true,  // the context is cut to it
                  .sliding_window = 4096}},
    Architecture{"Qwen2ForCausalLM",
                 build_llama,
                 {.model_type = "qwen2",
                  .max_position_embeddings = 32768,
                  .num_key_value_heads = 32,
                  .has_qkv_bias = true}},
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
  CHECK(false, "{} passed read_model_config, but is no architecture", folder.config.architecture);
}

}  // namespace frontends
