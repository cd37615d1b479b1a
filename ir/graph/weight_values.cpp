// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/weight_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/support/check.h"

namespace ir::graph {
namespace {

// f16 subnormals, as they are or as scales, may be taken for 0 when a kernel unpacks them.
float flush_below(Encoding encoding) {
  constexpr float kSmallestNormalHalf = 0x1p-14f;
  if (encoding == Encoding::tile_f16) return kSmallestNormalHalf;
  const EncodingInfo& info = info_of(encoding);
  return info.has_codes() ? kSmallestNormalHalf * info.unit() : 0;
}

// Encodes a matrix band by band and hands out each band with its codes and scales.
template <class Visit>
void for_each_band(const WeightDecl& weight, std::span<const float> values, Visit&& visit) {
  const auto n = static_cast<std::uint64_t>(weight.shape[0]);
  const auto k = static_cast<std::uint64_t>(weight.shape[1]);
  const std::uint64_t columns = info_of(weight.encoding).columns;
  const EncodedShape shape = encoded_shape(weight.encoding, n, k);
  std::vector<std::byte> codes(shape.band_code_bytes), scales(shape.band_scale_bytes);
  for (std::uint64_t row = 0; row < n; row += columns) {
    const std::uint64_t rows = std::min(columns, n - row);
    encode_band(weight.encoding, values.subspan(row * k, rows * k), rows, k, codes, scales);
    visit(row * k, rows * k, codes, scales);
  }
}

bool is_tiled(const WeightDecl& weight) { return info_of(weight.encoding).columns > 1; }

// The values of a matrix after its encoding.
std::vector<float> decoded(const WeightDecl& weight, std::span<const float> values) {
  const auto k = static_cast<std::uint64_t>(weight.shape[1]);
  std::vector<float> out(values.size());
  std::vector<float> band(info_of(weight.encoding).columns * k);
  for_each_band(weight, values,
                [&](std::uint64_t begin, std::uint64_t count, std::span<const std::byte> codes,
                    std::span<const std::byte> scales) {
                  decode_band(weight.encoding, codes, scales, k, band);
                  std::copy_n(band.begin(), count,
                              out.begin() + static_cast<std::ptrdiff_t>(begin));
                });
  return out;
}

}  // namespace

WeightValues::WeightValues(const Graph& graph, const TensorSource& source)
    : graph_(graph), source_(source), decoded_(graph.weights.size()) {}

Result<HostTensor<float>> WeightValues::join_sources(const WeightDecl& weight) const {
  HostTensor<float> joined{weight.shape, {}};
  joined.data.resize(static_cast<std::size_t>(element_count(weight.shape)));
  std::int64_t begin = 0;
  const auto fail = [&](std::string message, Location where) {
    return Diagnostic{.kind = DiagnosticKind::graph_invalid,
                      .message = std::move(message),
                      .where = std::move(where)};
  };
  for (const std::string& name : weight.sources) {
    const auto found = source_.tensors().find(name);
    if (found == source_.tensors().end())
      return fail(fmt::format("weight @{} comes from a tensor that does not exist", weight.name),
                  {.item = name});
    const TensorEntry& entry = found->second;
    const std::int64_t count = entry.elements();
    const bool fits =
        entry.shape.size() == weight.shape.size() &&
        std::equal(entry.shape.begin() + 1, entry.shape.end(), weight.shape.begin() + 1) &&
        begin + count <= static_cast<std::int64_t>(joined.data.size());
    if (!fits)
      return fail(
          fmt::format("tensor has shape [{}], which does not fit weight @{} [{}]",
                      fmt::join(entry.shape, ", "), weight.name, fmt::join(weight.shape, ", ")),
          entry.where);
    TRY_DO(
        read_f32(source_, entry, 0,
                 std::span(joined.data)
                     .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count))));
    begin += count;
  }
  if (begin != static_cast<std::int64_t>(joined.data.size()))
    return fail(fmt::format("the sources of weight @{} have {} elements, not {}", weight.name,
                            begin, joined.data.size()),
                {.item = weight.sources.front()});
  return joined;
}

template <>
Result<std::shared_ptr<const HostTensor<float>>> WeightValues::values<float>(std::uint32_t index) {
  CHECK(index < decoded_.size(), "weight {} of {}", index, decoded_.size());
  if (decoded_[index]) return decoded_[index];
  const WeightDecl& weight = graph_.weights[index];
  TRY(HostTensor<float> tensor, join_sources(weight));
  if (is_tiled(weight)) tensor.data = decoded(weight, tensor.data);
  decoded_[index] = std::make_shared<const HostTensor<float>>(std::move(tensor));
  return decoded_[index];
}

template <>
Result<std::shared_ptr<const HostTensor<double>>> WeightValues::values<double>(
    std::uint32_t index) {
  TRY(const auto decoded, values<float>(index));
  return std::make_shared<const HostTensor<double>>(
      HostTensor<double>{decoded->shape, {decoded->data.begin(), decoded->data.end()}});
}

template <>
Result<std::shared_ptr<const HostTensor<Bounded>>> WeightValues::values<Bounded>(
    std::uint32_t index) {
  const WeightDecl& weight = graph_.weights[index];
  TRY(const auto decoded, values<float>(index));
  HostTensor<Bounded> bounded{decoded->shape, {}};
  bounded.data.reserve(decoded->data.size());
  for (const float value : decoded->data) {
    const bool may_vanish = std::abs(value) < flush_below(weight.encoding);
    bounded.data.push_back({value, may_vanish ? std::abs(value) : 0.0});
  }
  return std::make_shared<const HostTensor<Bounded>>(std::move(bounded));
}

}  // namespace ir::graph
