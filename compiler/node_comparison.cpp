// SPDX-License-Identifier: Apache-2.0
#include "compiler/node_comparison.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "codegen/lower/lowering.h"

namespace compiler {
namespace {

// Words between the rows of a tensor as kernels store it, and words of all rows.
struct StoredShape {
  std::size_t width = 1, stride = 1, rows = 1;

  explicit StoredShape(const std::vector<std::int64_t>& shape) {
    for (const std::int64_t extent : shape) width *= static_cast<std::size_t>(extent);
    if (shape.size() == 2) {
      rows = static_cast<std::size_t>(shape[0]);
      width = static_cast<std::size_t>(shape[1]);
    }
    stride = shape.size() == 2 ? codegen::lower::row_stride(width) : width;
  }
  std::size_t words() const { return rows == 0 ? 0 : (rows - 1) * stride + width; }
  std::size_t at(std::size_t index) const { return index / width * stride + index % width; }
};

}  // namespace

void NodeComparison::record(const ir::kernel::Step& step, const ir::kernel::Buffers& buffers) {
  const auto* dispatch = std::get_if<ir::kernel::Dispatch>(&step.action);
  if (dispatch == nullptr) return;
  const ir::kernel::Kernel& kernel = program_.kernels[dispatch->kernel];
  for (std::size_t i = 0; i < dispatch->buffers.size(); ++i)
    if (kernel.memories[i].space == ir::kernel::Space::read_write)
      outputs_[step.provenance].push_back(
          {kernel.name, buffers.read<std::uint32_t>(dispatch->buffers[i])});
}

NodeComparison::Verdict NodeComparison::judge(
    const Output& output, const ir::graph::HostTensor<ir::graph::Bounded>& tensor) const {
  const StoredShape shape(tensor.shape);
  Verdict verdict;
  for (std::size_t i = 0; i < tensor.data.size(); ++i) {
    const ir::graph::Bounded& wanted = tensor.data[i];
    const auto computed = std::bit_cast<float>(output.words[shape.at(i)]);
    const double distance = std::abs(static_cast<double>(computed) - wanted.value);
    if (distance <= wanted.error) {
      if (wanted.error > 0)
        verdict.largest_share = std::max(verdict.largest_share, distance / wanted.error);
    } else if (verdict.wrong++ == 0) {
      verdict.first = {.kernel = output.kernel,
                       .index = i,
                       .reference = wanted.value,
                       .computed = computed,
                       .bound = wanted.error};
    }
  }
  return verdict;
}

NodeComparison::Verdict NodeComparison::judge(
    const Output& output, const ir::graph::HostTensor<std::uint32_t>& ids) const {
  Verdict verdict;
  for (std::size_t i = 0; i < ids.data.size(); ++i) {
    const bool uncertain = !ids.uncertain.empty() && ids.uncertain[i];
    if (output.words[i] != ids.data[i] && !uncertain && verdict.wrong++ == 0)
      verdict.first = {.kernel = output.kernel,
                       .index = i,
                       .reference = double(ids.data[i]),
                       .computed = double(output.words[i])};
  }
  return verdict;
}

template <class Tensor>
const NodeComparison::Output* NodeComparison::check_tensor(const std::string& provenance,
                                                           const Tensor& tensor) {
  const auto outputs = outputs_.find(provenance);
  if (outputs == outputs_.end()) return nullptr;
  const std::size_t words = StoredShape(tensor.shape).words();
  std::optional<Verdict> best;
  for (const Output& output : outputs->second) {
    if (output.words.size() < words) continue;
    Verdict verdict = judge(output, tensor);
    verdict.output = &output;
    if (!best || verdict.wrong <= best->wrong) best = std::move(verdict);
  }
  if (!best) return nullptr;
  report_.values += tensor.data.size();
  report_.largest_share = std::max(report_.largest_share, best->largest_share);
  if (best->wrong == 0 || report_.first) return best->output;
  report_.first = best->first;
  report_.first->provenance = provenance;
  report_.first->wrong = best->wrong;
  report_.first->step = report_.tokens;
  return best->output;
}

NodeComparison::Value NodeComparison::check(const ir::graph::Node& node, const Value& reference) {
  if (reference.is_tensor()) {
    ir::graph::HostTensor<ir::graph::Bounded> values = reference.tensor();
    const Output* output = check_tensor(node.provenance, values);
    if (output == nullptr) return reference;
    const StoredShape shape(values.shape);
    for (std::size_t i = 0; i < values.data.size(); ++i)
      values.data[i] = {.value = std::bit_cast<float>(output->words[shape.at(i)])};
    return values;
  }
  if (reference.is_integers()) check_tensor(node.provenance, reference.integers());
  return reference;
}

}  // namespace compiler
