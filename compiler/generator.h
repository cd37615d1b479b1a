// SPDX-License-Identifier: Apache-2.0
// Generator: what continues a sequence of token ids, greedily. Two make one: the graph interpreter
// (the reference) and the kernel interpreter (kernel_session.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/weight_values.h"
#include "ir/support/result.h"
#include "runtime/host/sliding_window.h"

namespace compiler {

class Generator {
 public:
  virtual ~Generator() = default;

  // Appends ids (at least one) to the sequence, in one forward pass where they fit into one.
  virtual ir::Result<void> feed(std::span<const std::uint32_t> ids) = 0;
  // The most likely next id, the lowest among equals; and all logits. After feed().
  virtual ir::Result<std::uint32_t> next() = 0;
  virtual ir::Result<std::vector<float>> logits() = 0;
};

// Graph and weights must outlive it.
std::unique_ptr<Generator> make_reference_generator(const ir::graph::Graph& graph,
                                                    ir::graph::WeightValues& weights,
                                                    runtime::host::SlidingWindow window = {});

struct GenerateLimits {
  std::size_t chunk = 0;       // ids of the prompt per feed(); 0: all
  std::size_t max_tokens = 0;  // new ids
  std::vector<std::uint32_t> stop_ids;
};

struct Generated {
  std::vector<std::uint32_t> ids;    // the last may be a stop id
  std::vector<float> prompt_logits;  // after the last id of the prompt; empty if not asked for
};

// Errors: interrupted, and those of the generator.
ir::Result<Generated> generate(Generator& generator, std::span<const std::uint32_t> prompt,
                               const GenerateLimits& limits, bool want_logits);

}  // namespace compiler
