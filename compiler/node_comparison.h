// SPDX-License-Identifier: Apache-2.0
// NodeComparison: the values of graph nodes beside what kernels left in buffers.
//
// A dispatch carries the provenance of its node, and several may work for one: a node counts as
// right if, after one of the dispatches of its provenance, a buffer that was written holds its
// values within their bounds. Nodes that no dispatch stores (the cache, rope tables) are seen
// through those that use them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/report.h"
#include "ir/graph/interpreter.h"
#include "ir/kernel/buffers.h"
#include "ir/kernel/program.h"

namespace compiler {

class NodeComparison {
 public:
  explicit NodeComparison(const ir::kernel::Program& program) : program_(program) {}

  using Value = ir::graph::RuntimeValue<ir::graph::Bounded>;

  // First what a function's kernels wrote, then its nodes, in order.
  void record(const ir::kernel::Step& step, const ir::kernel::Buffers& buffers);
  // Returns what the kernels have for the node, as exact values; `reference` itself if they do not
  // store it.
  Value check(const ir::graph::Node& node, const Value& reference);
  // Forgets the function's steps.
  void next_function() { outputs_.clear(); }

  // The first node that is wrong, and how much was compared.
  const CompareReport& report() const { return report_; }
  CompareReport& report() { return report_; }

 private:
  struct Output {
    std::string kernel;
    std::vector<std::uint32_t> words;
  };
  // What one output says about a node: how many values leave their bounds, and the first of them.
  struct Verdict {
    std::size_t wrong = 0;
    double largest_share = 0;
    Difference first;
    const Output* output = nullptr;
  };
  Verdict judge(const Output& output,
                const ir::graph::HostTensor<ir::graph::Bounded>& tensor) const;
  Verdict judge(const Output& output, const ir::graph::HostTensor<std::uint32_t>& ids) const;
  // The output that is nearest to the tensor; null when nothing of this provenance was stored.
  template <class Tensor>
  const Output* check_tensor(const std::string& provenance, const Tensor& tensor);

  const ir::kernel::Program& program_;
  std::map<std::string, std::vector<Output>, std::less<>> outputs_;  // by provenance
  CompareReport report_;
};

}  // namespace compiler
