// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/projection.h"

#include <fmt/format.h>

#include <algorithm>

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

namespace {

// silu(gate) * up. exp(-gate) overflows to infinity only where silu is 0 in f32 anyway; the clamp
// keeps infinities out of WGSL.
Expr swiglu(Builder& b, Expr gate, Expr up) {
  const Expr bounded = b.binary(BinaryKind::max, gate, b.f32(-87));
  return gate / (b.unary(UnaryKind::exp, b.unary(UnaryKind::neg, bounded)) + 1.0) * up;
}

bool has_tiled_weights(const Projection& projection, const Lowering& l) {
  if (projection.norm && !l.weight_of(projection.norm->weight)) return false;
  const Product& first = projection.products[0];
  const StoredTensor* stored = l.weight_of(first.weight);
  return std::all_of(projection.products.begin(), projection.products.end(), [&](const auto& it) {
    const StoredTensor* tensor = l.weight_of(it.weight);
    return tensor && ir::info_of(tensor->encoding).columns > 1 &&
           tensor->encoding == stored->encoding && tensor->shape == stored->shape &&
           static_cast<bool>(it.bias) == static_cast<bool>(first.bias) &&
           (!it.bias || l.weight_of(it.bias));
  });
}

// In the order in which bind_inputs declares them.
std::vector<std::uint32_t> input_buffers(const Projection& projection, const Lowering& l,
                                         std::size_t part) {
  std::vector<std::uint32_t> buffers = {l.place(projection.x).buffer};
  if (projection.norm) buffers.push_back(l.weight_buffer(projection.norm->weight));
  for (const Product& product : projection.products)
    buffers.push_back(l.weight_parts(product.weight)[part].buffer);
  for (const Product& product : projection.products)
    if (product.bias) buffers.push_back(l.weight_buffer(product.bias));
  if (projection.residual) buffers.push_back(l.place(projection.residual).buffer);
  return buffers;
}

}  // namespace

std::optional<Projection> match_projection(const ir::graph::Op& op) {
  namespace graph = ir::graph;
  if (const auto* o = std::get_if<graph::Linear>(&op))
    return Projection{.x = o->x, .products = {{o->weight, o->bias}}};
  if (const auto* o = std::get_if<graph::LinearAdd>(&op))
    return Projection{.x = o->x,
                      .residual = o->residual,
                      .products = {{o->weight, o->bias}},
                      .epilogue = Epilogue::add};
  if (const auto* o = std::get_if<graph::LinearSwiglu>(&op))
    return Projection{.x = o->x,
                      .products = {{o->gate, o->gate_bias}, {o->up, o->up_bias}},
                      .epilogue = Epilogue::swiglu};
  if (const auto* o = std::get_if<graph::LinearArgmax>(&op))
    return Projection{.x = o->x, .products = {{o->weight, {}}}, .epilogue = Epilogue::argmax};
  const auto with_norm = [](std::optional<Projection> projection, Norm norm) {
    projection->norm = norm;
    return projection;
  };
  if (const auto* o = std::get_if<graph::NormLinear>(&op))
    return with_norm(match_projection(graph::Linear{o->x, o->weight, o->bias}),
                     {o->norm, o->epsilon});
  if (const auto* o = std::get_if<graph::NormLinearSwiglu>(&op))
    return with_norm(
        match_projection(graph::LinearSwiglu{o->x, o->gate, o->up, o->gate_bias, o->up_bias}),
        {o->norm, o->epsilon});
  if (const auto* o = std::get_if<graph::NormLinearArgmax>(&op))
    return with_norm(match_projection(graph::LinearArgmax{o->x, o->weight}), {o->norm, o->epsilon});
  return std::nullopt;
}

std::uint64_t ProjectionPart::columns() const {
  const ir::kernel::RowRange& rows = weight.rows();
  return weight.has_last_row() ? row_stride(weight.n()) - rows.first : rows.count;
}

std::vector<ProjectionPart> projection_parts(const Projection& projection, const Lowering& l) {
  std::vector<ProjectionPart> parts;
  if (!has_tiled_weights(projection, l)) return parts;
  const ir::graph::Value first = projection.products[0].weight;
  for (const WeightPart& part : l.weight_parts(first))
    parts.push_back({EncodedWeight(*l.weight_of(first), part.rows),
                     input_buffers(projection, l, parts.size())});
  return parts;
}

std::string name_of(const Projection& projection, const EncodedWeight& weight) {
  static constexpr std::string_view kNames[] = {"", "_add", "_swiglu", "_argmax"};
  return fmt::format("{}linear{}{}_{}_{}x{}", projection.norm ? "norm_" : "",
                     kNames[static_cast<int>(projection.epilogue)],
                     projection.products[0].bias ? "_bias" : "", weight.encoding_name(), weight.n(),
                     weight.k());
}

ProjectionInputs bind_inputs(Builder& b, const Projection& projection,
                             const EncodedWeight& weight) {
  ProjectionInputs inputs{.x = b.read("x", kVec4F32)};
  if (projection.norm) inputs.norm = b.read("norm", kVec4F32);
  for (std::size_t p = 0; p < projection.products.size(); ++p)
    inputs.weights.push_back(b.read(fmt::format("weight{}", p), weight.word_type()));
  for (std::size_t p = 0; p < projection.products.size() && projection.products[p].bias; ++p)
    inputs.biases.push_back(b.read(fmt::format("bias{}", p), kF32));
  if (projection.residual) inputs.residual = b.read("residual", kF32);
  return inputs;
}

Expr finished(Builder& b, const Projection& projection, const ProjectionInputs& inputs,
              const EncodedWeight& weight, std::span<const Expr> sums, Expr n, Expr out) {
  const auto product = [&](std::size_t p) {
    Expr sum = sums[p];
    if (weight.unit() != 1.0f) sum = sum * weight.unit();
    return inputs.biases.empty() ? sum : sum + b.load(inputs.biases[p], n);
  };
  Expr result = product(0);
  if (projection.epilogue == Epilogue::swiglu) result = swiglu(b, result, product(1));
  if (inputs.residual) result = result + b.load(*inputs.residual, out);
  return result;
}

}  // namespace codegen::lower
