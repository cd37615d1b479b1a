// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/segments.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "ir/support/check.h"

namespace codegen::weights {
namespace {

constexpr std::uint64_t align(std::uint64_t bytes) {
  return (bytes + kPieceAlignment - 1) / kPieceAlignment * kPieceAlignment;
}

// Cuts fall only after so many bands: then both planes are cut at a multiple of the alignment.
std::uint64_t bands_per_cut(const TensorLayout& layout) {
  const auto count = [](std::uint64_t band_bytes) {
    return kPieceAlignment / std::gcd(kPieceAlignment, band_bytes);
  };
  return layout.band_scale_bytes == 0
             ? count(layout.band_code_bytes)
             : std::lcm(count(layout.band_code_bytes), count(layout.band_scale_bytes));
}

// The tensors of each layer, both in the order of first appearance.
std::vector<std::pair<std::string_view, std::vector<std::uint32_t>>> by_layer(
    std::span<const ir::graph::WeightDecl> tensors) {
  std::vector<std::pair<std::string_view, std::vector<std::uint32_t>>> layers;
  std::map<std::string_view, std::size_t> places;
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    const std::string_view layer = layer_of(tensors[i].name);
    const auto [place, is_new] = places.emplace(layer, layers.size());
    if (is_new) layers.emplace_back(layer, std::vector<std::uint32_t>{});
    layers[place->second].second.push_back(i);
  }
  return layers;
}

class Planner {
 public:
  Planner(std::span<const ir::graph::WeightDecl> tensors, std::uint64_t segment_bytes)
      : tensors_(tensors), segment_bytes_(segment_bytes) {
    plan_.pieces.resize(tensors.size());
    for (const auto& [layer, members] : by_layer(tensors)) {
      open(layer);
      for (const std::uint32_t tensor : members) place(tensor);
    }
    for (std::vector<Piece>& pieces : plan_.pieces)
      std::sort(pieces.begin(), pieces.end(),
                [](const Piece& a, const Piece& b) { return a.at < b.at; });
  }
  SegmentPlan finish() && { return std::move(plan_); }

 private:
  PlannedSegment& current() { return plan_.segments.back(); }
  void open(std::string_view layer) { plan_.segments.push_back({.layer = std::string(layer)}); }

  // How many of the next `bands` go into the current segment.
  std::uint64_t fitting(const TensorLayout& layout, std::uint64_t bands) {
    const std::uint64_t begin = align(current().bytes);
    const auto end = [&](std::uint64_t count) {
      return align(begin + count * layout.band_code_bytes) + count * layout.band_scale_bytes;
    };
    if (end(bands) <= segment_bytes_) return bands;
    const std::uint64_t space = segment_bytes_ > begin ? segment_bytes_ - begin : 0;
    const std::uint64_t cut = bands_per_cut(layout);
    return space / (layout.band_code_bytes + layout.band_scale_bytes) / cut * cut;
  }

  void place(std::uint32_t tensor) {
    const TensorLayout layout = layout_of(tensors_[tensor]);
    for (std::uint64_t done = 0; done < layout.bands;) {
      std::uint64_t bands = fitting(layout, layout.bands - done);
      if (bands == 0 && current().bytes > 0) {
        open(std::string(current().layer));
        bands = fitting(layout, layout.bands - done);
      }
      if (bands == 0) bands = std::min(bands_per_cut(layout), layout.bands - done);
      add({.tensor = tensor, .first_band = done, .bands = bands}, layout);
      done += bands;
    }
  }

  void add(Strip strip, const TensorLayout& layout) {
    PlannedSegment& segment = current();
    const auto index = static_cast<std::uint32_t>(plan_.segments.size() - 1);
    strip.codes_offset = align(segment.bytes);
    const Piece codes{.segment = index,
                      .offset = strip.codes_offset,
                      .at = strip.first_band * layout.band_code_bytes,
                      .bytes = strip.bands * layout.band_code_bytes};
    segment.bytes = codes.offset + codes.bytes;
    plan_.pieces[strip.tensor].push_back(codes);
    if (layout.band_scale_bytes > 0) {
      strip.scales_offset = align(segment.bytes);
      const Piece scales{
          .segment = index,
          .offset = strip.scales_offset,
          .at = layout.bands * layout.band_code_bytes + strip.first_band * layout.band_scale_bytes,
          .bytes = strip.bands * layout.band_scale_bytes};
      segment.bytes = scales.offset + scales.bytes;
      plan_.pieces[strip.tensor].push_back(scales);
    }
    segment.strips.push_back(strip);
  }

  std::span<const ir::graph::WeightDecl> tensors_;
  std::uint64_t segment_bytes_;
  SegmentPlan plan_;
};

}  // namespace

TensorLayout layout_of(const ir::graph::WeightDecl& tensor) {
  CHECK(tensor.shape.size() == 1 || tensor.shape.size() == 2, "{} has rank {}", tensor.name,
        tensor.shape.size());
  const auto n = static_cast<std::uint64_t>(tensor.shape[0]);
  const auto k = static_cast<std::uint64_t>(tensor.shape.size() == 2 ? tensor.shape[1] : 1);
  const ir::EncodedShape shape = ir::encoded_shape(tensor.encoding, n, k);
  CHECK(shape.bytes() > 0, "{} is empty", tensor.name);
  if (tensor.shape.size() == 1) {
    CHECK(tensor.encoding == ir::Encoding::f32, "vector {} is stored as {}", tensor.name,
          name_of(tensor.encoding));
    return {.bands = 1, .band_code_bytes = shape.bytes()};
  }
  CHECK(ir::info_of(tensor.encoding).columns > 1, "matrix {} is stored as {}", tensor.name,
        name_of(tensor.encoding));
  return {.bands = shape.tiles,
          .band_code_bytes = shape.band_code_bytes,
          .band_scale_bytes = shape.band_scale_bytes};
}

std::string_view layer_of(std::string_view name) {
  const auto is_number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (is_number(name.substr(begin, end - begin))) return name.substr(0, end);
    begin = end + 1;
  }
  return name.substr(0, name.rfind('.'));
}

std::uint64_t SegmentPlan::bytes() const {
  std::uint64_t sum = 0;
  for (const PlannedSegment& segment : segments) sum += segment.bytes;
  return sum;
}

SegmentPlan plan_segments(std::span<const ir::graph::WeightDecl> tensors,
                          std::uint64_t segment_bytes) {
  return Planner(tensors, segment_bytes).finish();
}

}  // namespace codegen::weights
