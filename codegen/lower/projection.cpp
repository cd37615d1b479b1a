// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/projection.h"

#include <fmt/format.h>

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

namespace {

// silu(gate) * up. exp(-gate) overflows to infinity only where silu is 0 in f32 anyway; the clamp
// keeps infinities out of WGSL.
Expr swiglu(Builder& b, Expr gate, Expr up) {
  const Expr bounded = b.binary(BinaryKind::max, gate, b.f32(-87));
  return gate / (b.unary(UnaryKind::exp, b.unary(UnaryKind::neg, bounded)) + 1.0) * up;
}

}  // namespace

std::optional<Projection> match_projection(const ir::graph::Op& op) {
  if (const auto* linear = std::get_if<ir::graph::Linear>(&op))
    return Projection{linear->x, {}, {{linear->weight, linear->bias}}, Epilogue::none};
  if (const auto* add = std::get_if<ir::graph::LinearAdd>(&op))
    return Projection{add->x, add->residual, {{add->weight, add->bias}}, Epilogue::add};
  if (const auto* glu = std::get_if<ir::graph::LinearSwiglu>(&op))
    return Projection{
        glu->x, {}, {{glu->gate, glu->gate_bias}, {glu->up, glu->up_bias}}, Epilogue::swiglu};
  return std::nullopt;
}

std::optional<EncodedWeight> tiled_weight(const Projection& projection, const Lowering& l) {
  const Product& first = projection.products[0];
  const StoredTensor* stored = l.weight_of(first.weight);
  for (const Product& product : projection.products) {
    const StoredTensor* tensor = l.weight_of(product.weight);
    if (!tensor || ir::info_of(tensor->encoding).columns == 1) return std::nullopt;
    if (tensor->encoding != stored->encoding || tensor->shape != stored->shape) return std::nullopt;
    if (product.bias && !l.weight_of(product.bias)) return std::nullopt;
    if (static_cast<bool>(product.bias) != static_cast<bool>(first.bias)) return std::nullopt;
  }
  return EncodedWeight(*stored);
}

std::string name_of(const Projection& projection, const EncodedWeight& weight) {
  static constexpr std::string_view kNames[] = {"linear", "linear_add", "linear_swiglu"};
  return fmt::format("{}{}_{}_{}x{}", kNames[static_cast<int>(projection.epilogue)],
                     projection.products[0].bias ? "_bias" : "", weight.encoding_name(), weight.n(),
                     weight.k());
}

ProjectionMemories bind_memories(Builder& b, const Projection& projection,
                                 const EncodedWeight& weight) {
  ProjectionMemories memories{.x = b.read("x", kVec4F32)};
  for (std::size_t p = 0; p < projection.products.size(); ++p)
    memories.weights.push_back(b.read(fmt::format("weight{}", p), weight.word_type()));
  for (std::size_t p = 0; p < projection.products.size() && projection.products[p].bias; ++p)
    memories.biases.push_back(b.read(fmt::format("bias{}", p), kF32));
  if (projection.residual) memories.residual = b.read("residual", kF32);
  memories.y = b.write("y", kF32);
  return memories;
}

std::vector<std::uint32_t> buffers_of(const Projection& projection, const Lowering& l, Place y) {
  std::vector<std::uint32_t> buffers = {l.place(projection.x).buffer};
  for (const Product& product : projection.products)
    buffers.push_back(l.weight_buffer(product.weight));
  for (const Product& product : projection.products)
    if (product.bias) buffers.push_back(l.weight_buffer(product.bias));
  if (projection.residual) buffers.push_back(l.place(projection.residual).buffer);
  buffers.push_back(y.buffer);
  return buffers;
}

Expr finished(Builder& b, const Projection& projection, const ProjectionMemories& memories,
              const EncodedWeight& weight, std::span<const Expr> sums, Expr n, Expr out) {
  const auto product = [&](std::size_t p) {
    Expr sum = sums[p];
    if (weight.unit() != 1.0f) sum = sum * weight.unit();
    return memories.biases.empty() ? sum : sum + b.load(memories.biases[p], n);
  };
  Expr result = product(0);
  if (projection.epilogue == Epilogue::swiglu) result = swiglu(b, result, product(1));
  if (memories.residual) result = result + b.load(*memories.residual, out);
  return result;
}

}  // namespace codegen::lower
