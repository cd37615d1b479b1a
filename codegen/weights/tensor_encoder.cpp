// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/tensor_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ir/support/check.h"

namespace codegen::weights {
namespace {

constexpr std::uint64_t kBandRows = 16;

// The largest magnitude that an encoding stores as it is; 0: any.
float range_of(ir::Encoding encoding) {
  constexpr float kLargestHalf = 65504;
  if (encoding == ir::Encoding::tile_f16) return kLargestHalf;
  const ir::EncodingInfo& info = ir::info_of(encoding);
  if (!info.has_codes()) return 0;
  // Code 0, by a scale of either sign.
  return kLargestHalf * info.unit() * static_cast<float>(info.zero_point());
}

}  // namespace

TensorEncoder::TensorEncoder(const ir::TensorSource& source, const ir::graph::WeightDecl& tensor)
    : source_(source), tensor_(tensor), layout_(layout_of(tensor)) {
  if (tensor.shape.size() == 2) row_length_ = static_cast<std::uint64_t>(tensor.shape[1]);
  std::uint64_t row = 0;
  for (const std::string& name : tensor.sources) {
    const auto found = source.tensors().find(name);
    CHECK(found != source.tensors().end(), "{} is made of {}, which is absent", tensor.name, name);
    const auto elements = static_cast<std::uint64_t>(found->second.elements());
    CHECK(elements % row_length_ == 0, "{} is no rows of {}", name, row_length_);
    sources_.push_back({&found->second, row, elements / row_length_});
    row += elements / row_length_;
  }
  CHECK(row == rows(), "{} has {} rows, its sources {}", tensor.name, rows(), row);
}

std::uint64_t TensorEncoder::rows() const { return static_cast<std::uint64_t>(tensor_.shape[0]); }

ir::Result<float> TensorEncoder::encode_bands(std::uint64_t first, std::uint64_t count,
                                              std::span<std::byte> codes,
                                              std::span<std::byte> scales,
                                              TensorError* error) const {
  CHECK(codes.size() == count * layout_.band_code_bytes &&
            scales.size() == count * layout_.band_scale_bytes,
        "planes of {} and {} bytes for {} bands of {}", codes.size(), scales.size(), count,
        tensor_.name);
  const bool is_vector = tensor_.shape.size() == 1;
  const std::uint64_t rows_per_band = is_vector ? rows() : kBandRows;
  std::vector<float> values(rows_per_band * row_length_);
  std::vector<float> stored(error != nullptr && !is_vector ? values.size() : 0);
  float largest = 0;
  for (std::uint64_t band = 0; band < count; ++band) {
    const std::uint64_t row = (first + band) * rows_per_band;
    const std::uint64_t present = std::min(rows_per_band, rows() - row);
    const std::span<float> read(values.data(), present * row_length_);
    TRY(const float magnitude, read_rows(row, read));
    largest = std::max(largest, magnitude);
    const auto band_codes = codes.subspan(band * layout_.band_code_bytes, layout_.band_code_bytes);
    if (is_vector) {
      std::fill(band_codes.begin(), band_codes.end(), std::byte{0});
      std::memcpy(band_codes.data(), read.data(), read.size_bytes());
    } else {
      const auto band_scales =
          scales.subspan(band * layout_.band_scale_bytes, layout_.band_scale_bytes);
      ir::encode_band(tensor_.encoding, read, present, row_length_, band_codes, band_scales);
      if (error == nullptr) continue;
      ir::decode_band(tensor_.encoding, band_codes, band_scales, row_length_, stored);
      error->add(read, std::span(stored).first(read.size()));
    }
  }
  return largest;
}

ir::Result<float> TensorEncoder::read_rows(std::uint64_t first, std::span<float> values) const {
  const std::uint64_t end = first + values.size() / row_length_;
  float largest = 0;
  for (const Source& source : sources_) {
    const std::uint64_t from = std::max(first, source.first_row);
    const std::uint64_t to = std::min(end, source.first_row + source.rows);
    if (from >= to) continue;
    const auto part = values.subspan((from - first) * row_length_, (to - from) * row_length_);
    TRY(const float magnitude, read_source(source, from - source.first_row, part));
    largest = std::max(largest, magnitude);
  }
  return largest;
}

ir::Result<float> TensorEncoder::read_source(const Source& source, std::uint64_t row,
                                             std::span<float> values) const {
  const std::uint64_t begin = row * row_length_;
  TRY(const float largest,
      ir::read_f32(source_, *source.entry, static_cast<std::int64_t>(begin), values));
  if (std::isfinite(largest)) return largest;

  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  const std::uint64_t index = begin + static_cast<std::uint64_t>(bad - values.begin());
  const std::string place = tensor_.shape.size() == 1
                                ? fmt::format("[{}]", index)
                                : fmt::format("[{}, {}]", index / row_length_, index % row_length_);
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::weight_not_finite,
      .message = fmt::format("the weight at {} is {}", place, *bad),
      .where = source.entry->where,
      .help = "the checkpoint is damaged or its training diverged: download or export it again"};
}

std::optional<ir::Diagnostic> TensorEncoder::check_magnitude(float largest) const {
  const float range = range_of(tensor_.encoding);
  if (range == 0 || largest <= range) return std::nullopt;
  const bool clipped = info_of(tensor_.encoding).has_codes();  // else it would become infinite
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::weight_out_of_range,
      .message = fmt::format("a weight of magnitude {} is {} by {}, which reaches to {}", largest,
                             clipped ? "cut off" : "not held", name_of(tensor_.encoding), range),
      .where = sources_.front().entry->where,
      .help = "choose a quantization that keeps the tensor in f32: --quantization q0f32",
      .severity = clipped ? ir::Severity::warning : ir::Severity::error};
}

}  // namespace codegen::weights
