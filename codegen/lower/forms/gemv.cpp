// SPDX-License-Identifier: Apache-2.0
// gemv: a row of activations times a tiled weight matrix, with what comes before the store fused
// in: bias, residual, or the SwiGLU of two matrices.
//
//        lane 0   1   2  ...  15 | 16 ...          64 lanes = 4 tiles of 16 output columns
//   k    +---+---+---+---+---+---+
//   |    |16B|16B|   |   |   |16B|                  at each step along k the lanes of a tile read
//   v    +---+---+---+---+---+---+                  256 neighbouring bytes; sums stay in registers
//        |16B|16B| ...
//
// Nothing inside the loop crosses lanes: no barrier, no reduction. The order of additions along k
// is the same for every row and batch. Several rows (prefill) take one workgroup row each and read
// the weights again; a register-tiled gemm is a form of its own.
#include <fmt/format.h>

#include "codegen/lower/encoded_weight.h"
#include "codegen/lower/forms/forms.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT
using ir::graph::Value;

constexpr std::uint32_t kLanes = 64;
constexpr std::uint32_t kColumns = 16;
constexpr std::uint32_t kTiles = kLanes / kColumns;

// One product: a matrix and its optional bias.
struct Product {
  Value weight, bias;
};

enum class Epilogue { none, add, swiglu };

struct Gemv {
  Value x, residual;
  std::vector<Product> products;  // two for swiglu: gate, up
  Epilogue epilogue = Epilogue::none;
};

std::optional<Gemv> match(const ir::graph::Op& op) {
  if (const auto* linear = std::get_if<ir::graph::Linear>(&op))
    return Gemv{linear->x, {}, {{linear->weight, linear->bias}}, Epilogue::none};
  if (const auto* add = std::get_if<ir::graph::LinearAdd>(&op))
    return Gemv{add->x, add->residual, {{add->weight, add->bias}}, Epilogue::add};
  if (const auto* glu = std::get_if<ir::graph::LinearSwiglu>(&op))
    return Gemv{
        glu->x, {}, {{glu->gate, glu->gate_bias}, {glu->up, glu->up_bias}}, Epilogue::swiglu};
  return std::nullopt;
}

// silu(gate) * up. exp(-gate) overflows to infinity only where silu is 0 in f32 anyway; the clamp
// keeps infinities out of WGSL.
Expr swiglu(Builder& b, Expr gate, Expr up) {
  const Expr bounded = b.binary(BinaryKind::max, gate, b.f32(-87));
  return gate / (b.unary(UnaryKind::exp, b.unary(UnaryKind::neg, bounded)) + 1.0) * up;
}

std::string name_of(const Gemv& gemv, const EncodedWeight& weight) {
  static constexpr std::string_view kNames[] = {"linear", "linear_add", "linear_swiglu"};
  return fmt::format("{}{}_{}_{}x{}", kNames[static_cast<int>(gemv.epilogue)],
                     gemv.products[0].bias ? "_bias" : "", weight.encoding_name(), weight.n(),
                     weight.k());
}

Kernel write_gemv(const Gemv& gemv, const EncodedWeight& weight) {
  const std::uint64_t x_stride4 = row_stride(weight.k()) / 4;
  const std::uint64_t y_stride = row_stride(weight.n());
  Builder b(name_of(gemv, weight), {kLanes, 1, 1});
  const MemoryId x = b.read("x", kVec4F32);
  std::vector<MemoryId> matrices, biases;
  for (std::size_t p = 0; p < gemv.products.size(); ++p)
    matrices.push_back(b.read(fmt::format("weight{}", p), weight.word_type()));
  for (std::size_t p = 0; p < gemv.products.size() && gemv.products[p].bias; ++p)
    biases.push_back(b.read(fmt::format("bias{}", p), kF32));
  std::optional<MemoryId> residual;
  if (gemv.epilogue == Epilogue::add) residual = b.read("residual", kF32);
  const MemoryId y = b.write("y", kF32);

  const Expr lane = b.local_x();
  const Expr tile = b.workgroup_x() * kTiles + lane / kColumns;
  const Expr column = lane % kColumns;
  const Expr row = b.workgroup_y();
  const Expr n = tile * kColumns + column;
  const Expr out = row * static_cast<double>(y_stride) + n;
  const auto compute = [&] {
    std::vector<VariableId> sums;
    for (std::size_t p = 0; p < matrices.size(); ++p)
      sums.push_back(b.variable(fmt::format("sum{}", p), b.f32(0)));
    const Expr x_row = row * static_cast<double>(x_stride4);
    b.loop(0, weight.groups(), [&](Expr g) {
      const Expr first = x_row + g * weight.group_vec4s();
      std::vector<Expr> activations;
      for (std::uint32_t j = 0; j < weight.group_vec4s(); ++j)
        activations.push_back(b.load(x, first + j));
      for (std::size_t p = 0; p < matrices.size(); ++p)
        b.accumulate(sums[p], weight.group_dot(b, matrices[p], tile, column, g,
                                               [&](std::uint32_t j) { return activations[j]; }));
    });
    const auto finished = [&](std::size_t p) {
      Expr sum = b.get(sums[p]);
      if (weight.unit() != 1.0f) sum = sum * weight.unit();
      return biases.empty() ? sum : sum + b.load(biases[p], n);
    };
    Expr result = finished(0);
    if (gemv.epilogue == Epilogue::swiglu) result = swiglu(b, result, finished(1));
    if (residual) result = result + b.load(*residual, out);
    b.store(y, out, result);
  };
  b.when(n < static_cast<double>(weight.n()), compute,
         [&] { b.when(n < static_cast<double>(y_stride), [&] { b.store(y, out, b.f32(0)); }); });
  return std::move(b).finish();
}

}  // namespace

bool lower_gemv(const ir::graph::Node& node, Lowering& l) {
  const std::optional<Gemv> gemv = match(node.op);
  if (!gemv) return false;
  const StoredTensor* first = l.weight_of(gemv->products[0].weight);
  for (const Product& product : gemv->products) {
    const StoredTensor* tensor = l.weight_of(product.weight);
    if (!tensor || ir::info_of(tensor->encoding).columns != kColumns) return false;
    if (tensor->encoding != first->encoding || tensor->shape != first->shape) return false;
    if (product.bias && !l.weight_of(product.bias)) return false;
    if (static_cast<bool>(product.bias) != static_cast<bool>(gemv->products[0].bias)) return false;
  }
  const EncodedWeight weight(*first);
  std::vector<std::uint32_t> buffers = {l.place(gemv->x).buffer};
  for (const Product& product : gemv->products) buffers.push_back(l.weight_buffer(product.weight));
  for (const Product& product : gemv->products)
    if (product.bias) buffers.push_back(l.weight_buffer(product.bias));
  if (gemv->residual) buffers.push_back(l.place(gemv->residual).buffer);
  const Place y = l.allocate(node.result);
  buffers.push_back(y.buffer);
  const std::uint64_t workgroups = (row_stride(weight.n()) + kLanes - 1) / kLanes;
  l.dispatch(write_gemv(*gemv, weight), buffers, {workgroups, l.rows_of(gemv->x), 1});
  return true;
}

}  // namespace codegen::lower
