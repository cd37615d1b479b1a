// SPDX-License-Identifier: Apache-2.0
#include "frontends/model_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace frontends {
namespace {

using ir::DType;
using ir::graph::Function;
using ir::graph::Graph;
using ir::graph::Node;
using ir::graph::Value;

constexpr std::array kReadable = {DType::f32, DType::f16, DType::bf16, DType::f64};

// Buffers that old exporters stored although they are computed from the configuration.
constexpr std::array<std::string_view, 3> kComputedSuffixes = {".rotary_emb.inv_freq", ".attn.bias",
                                                               ".attn.masked_bias"};

bool is_computed(std::string_view name) {
  return std::any_of(kComputedSuffixes.begin(), kComputedSuffixes.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// Where a needed extent comes from: "1024 = num_key_value_heads (8) * head_dim (128)".
std::string origin_of(std::int64_t extent, const ModelConfig& c) {
  struct Size {
    std::int64_t extent;
    std::string formula;
  };
  const auto heads = [&](std::string_view name, std::int64_t count) {
    return Size{count * c.head_dim,
                fmt::format("{} ({}) * head_dim ({})", name, count, c.head_dim)};
  };
  const Size sizes[] = {{c.hidden_size, "hidden_size"},
                        {c.intermediate_size, "intermediate_size"},
                        {c.vocab_size, "vocab_size"},
                        heads("num_attention_heads", c.num_attention_heads),
                        heads("num_key_value_heads", c.num_key_value_heads)};
  std::string text = std::to_string(extent);
  for (const Size& size : sizes)
    if (size.extent == extent) text += " = " + size.formula;
  return text;
}

// One error for all tensors with the same fault: the first in the message, up to eight in notes.
ir::Diagnostic fault_of(ir::DiagnosticKind kind, std::vector<ir::Note> notes, std::string help) {
  ir::Diagnostic fault{.kind = kind, .message = notes[0].message, .where = notes[0].where};
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 1; i < std::min(notes.size(), kShown); ++i)
    fault.notes.push_back(std::move(notes[i]));
  if (notes.size() > kShown)
    fault.notes.push_back({fmt::format("and {} more", notes.size() - kShown), {}});
  fault.help = std::move(help);
  return fault;
}

// Appends a copy of `from`'s nodes to `to`; returns what became of its results.
std::vector<Value> append(const Function& from, Graph& graph, Function& to) {
  ir::graph::Builder build(graph, to);
  std::vector<Value> mapped(from.types.size());
  for (const auto& parameter : from.parameters)
    mapped[parameter.value.id] = build.parameter(parameter.name, from.type_of(parameter.value));
  for (const Node& node : from.nodes) {
    ir::graph::Op op = node.op;
    ir::graph::map_operands(op, [&](Value value) { return mapped[value.id]; });
    build.at(node.provenance);
    if (const auto* weight = std::get_if<ir::graph::Weight>(&op))
      mapped[node.result.id] = build.weight(weight->weight);
    else
      mapped[node.result.id] = build.emit(std::move(op));
  }
  std::vector<Value> results;
  for (Value result : from.results) results.push_back(mapped[result.id]);
  return results;
}

// greedy: the head and the choice of the likeliest id in one function, so that they may be fused.
void add_greedy(Graph& graph) {
  Function greedy{.name = "greedy"};
  const Value logits = append(*graph.function("head"), graph, greedy)[0];
  ir::graph::Builder build(graph, greedy);
  build.at("sample");
  build.returns({build.emit(ir::graph::Argmax{logits})});
  graph.functions.push_back(std::move(greedy));
}

}  // namespace

ModelBuilder::ModelBuilder(const ModelFolder& folder) : folder_(folder) {
  graph_.architecture = folder.config.architecture;
}

void ModelBuilder::function(std::string name) {
  graph_.functions.push_back({.name = std::move(name)});
}

ir::graph::Builder ModelBuilder::builder() {
  ir::graph::Builder build(graph_, graph_.functions.back());
  build.at(module_);
  return build;
}

std::string ModelBuilder::path(std::string_view name) const {
  if (module_.empty()) return std::string(name);
  return name.empty() ? module_ : fmt::format("{}.{}", module_, name);
}

Value ModelBuilder::parameter(std::string name, ir::graph::Type type) {
  return builder().parameter(std::move(name), std::move(type));
}

void ModelBuilder::returns(std::vector<Value> results) { builder().returns(std::move(results)); }

Value ModelBuilder::weight(std::string_view name, std::vector<std::int64_t> shape) {
  const std::string full = path(name);
  if (const auto known = graph_.weight(full)) return builder().weight(*known);

  const auto& tensors = folder_.weights->tensors();
  if (const auto found = tensors.find(full); found == tensors.end()) {
    missing_.push_back(
        {fmt::format("the checkpoint has no tensor \"{}\" [{}]", full, fmt::join(shape, ", ")),
         {.path = folder_.path.string()}});
  } else {
    const ir::TensorEntry& entry = found->second;
    used_.insert(full);
    if (entry.shape != shape) note_shape(entry, shape);
    if (std::find(kReadable.begin(), kReadable.end(), entry.dtype) == kReadable.end())
      unreadable_.push_back({fmt::format("tensor is stored as {}, which is not a weight's type",
                                         name_of(entry.dtype)),
                             entry.where});
  }
  graph_.weights.push_back({.name = full, .shape = std::move(shape), .sources = {full}});
  return builder().weight(static_cast<std::uint32_t>(graph_.weights.size() - 1));
}

// The first tensor with a wrong shape also says where the extents that it should have come from.
void ModelBuilder::note_shape(const ir::TensorEntry& entry,
                              const std::vector<std::int64_t>& shape) {
  const bool first = misshaped_.empty();
  misshaped_.push_back({fmt::format("tensor has shape [{}], but this model needs [{}]",
                                    fmt::join(entry.shape, ", "), fmt::join(shape, ", ")),
                        entry.where});
  if (!first || entry.shape.size() != shape.size()) return;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != entry.shape[axis])
      misshaped_.push_back({origin_of(shape[axis], folder_.config),
                            {.path = (folder_.path / "config.json").string()}});
}

Value ModelBuilder::emit(ir::graph::Op op) { return builder().emit(std::move(op)); }

Value ModelBuilder::linear(Value x, std::string_view name, std::int64_t out, std::int64_t in,
                           bool bias) {
  return this->in(name, [&] {
    const Value matrix = weight("weight", {out, in});
    return emit(ir::graph::Linear{x, matrix, bias ? weight("bias", {out}) : Value{}});
  });
}

Value ModelBuilder::rms_norm(Value x, std::string_view name, std::int64_t width, double epsilon) {
  return in(name, [&] { return emit(ir::graph::RmsNorm{x, weight("weight", {width}), epsilon}); });
}

ir::Result<Graph> ModelBuilder::finish() && {
  using enum ir::DiagnosticKind;
  if (!missing_.empty())
    return fault_of(missing_tensor, std::move(missing_),
                    "check that every shard was downloaded, and that config.json belongs to this "
                    "checkpoint");
  if (!misshaped_.empty())
    return fault_of(shape_mismatch, std::move(misshaped_),
                    "config.json and the checkpoint disagree; correct the one that is wrong");
  if (!unreadable_.empty())
    return fault_of(unsupported_dtype, std::move(unreadable_),
                    "save the model with weights in float32, float16 or bfloat16");
  std::vector<ir::Note> unused;
  for (const auto& [name, entry] : folder_.weights->tensors())
    if (!used_.contains(name) && !is_computed(name) &&
        !(name == "lm_head.weight" && folder_.config.tie_word_embeddings))
      unused.push_back(
          {fmt::format("{} does not use this tensor", graph_.architecture), entry.where});
  if (!unused.empty())
    return fault_of(unused_tensor, std::move(unused),
                    "the model computes something that its config.json does not state; correct "
                    "config.json, or remove the tensor if it is a left-over");
  add_greedy(graph_);
  return std::move(graph_);
}

}  // namespace frontends
