// SPDX-License-Identifier: Apache-2.0
// --quantize PATTERN=NAME: some matrices stored otherwise than --quantization says.
//
//   --quantize 'lm_head=q8f16_1' --quantize '*.down_proj=q8f16_1'
//
// A pattern names tensors ("model.layers.0.mlp.up_proj.weight", with or without ".weight") or the
// modules that use them; `*` stands for any characters, `?` for one. Of several rules that name a
// matrix the last one counts. A head that is tied to the embeddings is one matrix with them:
// "lm_head" names it, and both then read it so. Vectors (norms, biases) stay f32.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/quantization.h"
#include "ir/graph/graph.h"
#include "ir/support/result.h"
#include "passes/graph/quantize_weights.h"

namespace compiler {

struct WeightRule {
  std::string pattern;
  const Quantization* quantization;  // of which only the storage counts

  bool operator==(const WeightRule&) const = default;
};

// Errors: bad_usage, also for a quantization that does not exist.
ir::Result<WeightRule> parse_weight_rule(std::string_view text);

// "lm_head=q8f16_1,*.down_proj=q8f16_1", as manifests keep them, and back.
std::string to_string(std::span<const WeightRule> rules);
ir::Result<std::vector<WeightRule>> parse_weight_rules(std::string_view text);

bool matches(std::string_view pattern, std::string_view name);

using passes::EncodingByName;

// The encodings of the matrices that rules name. Errors: bad_usage, for a pattern that names none.
ir::Result<EncodingByName> apply_weight_rules(const ir::graph::Graph& graph,
                                              std::span<const WeightRule> rules);

}  // namespace compiler
