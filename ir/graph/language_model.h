// SPDX-License-Identifier: Apache-2.0
// ReferenceModel: a language model on the graph interpreter: token ids in, logits out.
//
//   ReferenceModel model(graph, weights);             // float; or ReferenceModel<double>,
//   <Bounded> TRY(std::vector<float> logits, model.feed(prompt_ids));
//   TRY(std::vector<std::uint32_t> ids, generate_greedily(model, prompt_ids, 200, stop_ids));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "ir/graph/interpreter.h"

namespace ir::graph {

template <class T = float>
class ReferenceModel {
 public:
  // The graph has the functions `forward` and `head` (graph.h). Both arguments must outlive it.
  ReferenceModel(const Graph& graph, WeightValues& weights);

  // Appends ids (at least one) to a sequence, in one forward pass per chunk; returns the logits
  // after the last id.
  Result<std::vector<T>> feed(std::span<const std::uint32_t> ids, std::uint32_t sequence = 0);
  // The same, and the logits after every id: row-major [ids, vocabulary].
  Result<HostTensor<T>> feed_all(std::span<const std::uint32_t> ids, std::uint32_t sequence = 0);

  // Ids that a sequence holds.
  std::int64_t length(std::uint32_t sequence = 0) const;
  // Forgets the ids from `length` on.
  void truncate(std::uint32_t sequence, std::int64_t length);
  // Forgets `count` ids from `first` on. Those after them keep what they have computed and count
  // from `first` on: their keys are turned to their new positions, as in a window that slides
  // (StreamingLLM, arXiv:2309.17453).
  void forget(std::uint32_t sequence, std::int64_t first, std::int64_t count);

 private:
  Result<RuntimeValue<T>> forward(std::span<const std::uint32_t> ids, std::uint32_t sequence);
  Result<HostTensor<T>> head(const RuntimeValue<T>& hidden, std::vector<std::uint32_t> selected);

  Interpreter<T> interpreter_;
  std::shared_ptr<Cache<T>> cache_;
  const RopeTable* rope_ = nullptr;  // of `forward`; null: nothing is rotated by positions
  std::map<std::uint32_t, std::int64_t> lengths_;
};

// The id with the largest logit, the lowest among equals.
std::uint32_t argmax(std::span<const float> logits);

// Feeds the prompt (at least one id), then up to `count` ids, each the most likely one. Ends early
// after an id of `stop_ids`, which is part of the result.
Result<std::vector<std::uint32_t>> generate_greedily(ReferenceModel<float>& model,
                                                     std::span<const std::uint32_t> prompt,
                                                     std::size_t count,
                                                     std::span<const std::uint32_t> stop_ids = {});

}  // namespace ir::graph
