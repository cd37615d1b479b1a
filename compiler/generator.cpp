// SPDX-License-Identifier: Apache-2.0
#include "compiler/generator.h"

#include <algorithm>

#include "compiler/signals.h"
#include "ir/graph/language_model.h"

namespace compiler {
namespace {

class ReferenceGenerator final : public Generator {
 public:
  ReferenceGenerator(const ir::graph::Graph& graph, ir::graph::WeightValues& weights,
                     runtime::host::SlidingWindow window)
      : model_(graph, weights), window_(window) {}

  ir::Result<void> feed(std::span<const std::uint32_t> ids) override {
    while (!ids.empty()) {
      if (window_.tokens != 0 && model_.length() == window_.tokens)
        model_.forget(0, window_.sink, window_.stride());
      const std::size_t room = window_.tokens == 0
                                   ? ids.size()
                                   : window_.tokens - static_cast<std::size_t>(model_.length());
      const std::size_t rows = std::min(room, ids.size());
      TRY(logits_, model_.feed(ids.first(rows)));
      ids = ids.subspan(rows);
    }
    return {};
  }
  ir::Result<std::uint32_t> next() override { return ir::graph::argmax(logits_); }
  ir::Result<std::vector<float>> logits() override { return logits_; }

 private:
  ir::graph::ReferenceModel<float> model_;
  runtime::host::SlidingWindow window_;
  std::vector<float> logits_;
};

}  // namespace

std::unique_ptr<Generator> make_reference_generator(const ir::graph::Graph& graph,
                                                    ir::graph::WeightValues& weights,
                                                    runtime::host::SlidingWindow window) {
  return std::make_unique<ReferenceGenerator>(graph, weights, window);
}

ir::Result<Generated> generate(Generator& generator, std::span<const std::uint32_t> prompt,
                               const GenerateLimits& limits, bool want_logits) {
  const std::size_t chunk = limits.chunk == 0 ? prompt.size() : limits.chunk;
  for (std::size_t begin = 0; begin < prompt.size(); begin += chunk) {
    TRY_DO(check_interrupted());
    TRY_DO(generator.feed(prompt.subspan(begin, std::min(chunk, prompt.size() - begin))));
  }
  Generated generated;
  if (want_logits) {
    TRY(generated.prompt_logits, generator.logits());
  }
  while (generated.ids.size() < limits.max_tokens) {
    TRY_DO(check_interrupted());
    TRY(const std::uint32_t id, generator.next());
    generated.ids.push_back(id);
    const bool stop =
        std::find(limits.stop_ids.begin(), limits.stop_ids.end(), id) != limits.stop_ids.end();
    if (stop || generated.ids.size() == limits.max_tokens) break;
    TRY_DO(generator.feed(std::span(&id, 1)));
  }
  return generated;
}

}  // namespace compiler
