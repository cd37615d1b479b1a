// SPDX-License-Identifier: Apache-2.0
// A model folder, opened for a command: its warnings printed, its graph built and checked, the
// context decided.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "compiler/weight_rules.h"
#include "frontends/model_folder.h"
#include "ir/graph/graph.h"
#include "ir/support/result.h"

namespace compiler {

struct Model {
  frontends::ModelFolder folder;
  ir::graph::Graph graph;
  std::uint32_t context = 0;    // tokens
  bool keep_encodings = false;  // the graph's text says how each weight is stored
  EncodingByName exceptions;    // matrices that are stored otherwise than the quantization says
};

// Errors: those of open_model_folder and build_graph. Warnings go to stderr.
ir::Result<Model> open_model(const std::filesystem::path& path,
                             std::optional<std::uint32_t> context_cap);

// The model with the graph of a text instead of its own: a *.graph that was printed and edited.
// Errors: also graph_syntax and graph_invalid.
ir::Result<Model> open_edited_model(const std::filesystem::path& graph_text,
                                    const std::filesystem::path& model_dir,
                                    std::optional<std::uint32_t> context_cap);

// Sets the model's exceptions. Errors: bad_usage, where a rule names no matrix, or the graph's text
// says how weights are stored.
ir::Result<void> use_weight_rules(Model& model, std::span<const WeightRule> rules);

// What may end a text, and what begins one: generation_config.json, else config.json.
std::vector<std::uint32_t> eos_ids(const frontends::ModelFolder& folder);
std::optional<std::uint32_t> bos_id(const frontends::ModelFolder& folder);

}  // namespace compiler
