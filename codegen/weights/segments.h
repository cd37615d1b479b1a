// SPDX-License-Identifier: Apache-2.0
// plan_segments: which bytes of which tensor lie where in the weight files. Layers do not share a
// segment, so that a machine that runs layers a...b fetches only those:
//
//   model.embed_tokens.weight   q4, 40 MiB       -> segments 0, 1
//   model.layers.0.*            26 MiB           -> segment 2
//   model.layers.1.*            26 MiB           -> segment 3
//
// A tensor that spans segments is cut between bands, and the scales of a band lie in the segment of
// its codes:
//
//   segment 0:  | codes of bands 0..a | scales of bands 0..a |
//   segment 1:  | codes of bands a..n | scales of bands a..n | next tensor ...
//
// So every segment can be made alone, in any order, within its own size of memory, and nothing of
// it waits for another. Pieces begin at multiples of 256 bytes, in the segment and in the tensor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/graph.h"

namespace codegen::weights {

inline constexpr std::uint64_t kSegmentBytes = std::uint64_t{32} << 20;
inline constexpr std::uint64_t kPieceAlignment = 256;

// The bytes [at, at + bytes) of a tensor, and where they lie.
struct Piece {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;  // in the segment
  std::uint64_t at = 0;      // in the tensor
  std::uint64_t bytes = 0;
  bool operator==(const Piece&) const = default;
};

// How a tensor is stored, in the units in which it is encoded: bands of 16 rows; a vector is one
// band without scales.
struct TensorLayout {
  std::uint64_t bands = 0;
  std::uint64_t band_code_bytes = 0, band_scale_bytes = 0;

  std::uint64_t bytes() const { return bands * (band_code_bytes + band_scale_bytes); }
};
TensorLayout layout_of(const ir::graph::WeightDecl& tensor);

// A run of bands of one tensor in a segment.
struct Strip {
  std::uint32_t tensor = 0;
  std::uint64_t first_band = 0, bands = 0;
  std::uint64_t codes_offset = 0, scales_offset = 0;  // in the segment
};

struct PlannedSegment {
  std::string layer;
  std::uint64_t bytes = 0;
  std::vector<Strip> strips;
};

struct SegmentPlan {
  std::vector<PlannedSegment> segments;
  std::vector<std::vector<Piece>> pieces;  // of each tensor, in the order of its bytes

  std::uint64_t bytes() const;
};

// The module whose weights are fetched together: "model.layers.3" for
// "model.layers.3.mlp.up_proj.weight", "model.norm" for "model.norm.weight".
std::string_view layer_of(std::string_view name);

// A segment is larger than `segment_bytes` only where the smallest run of bands that may be cut off
// is larger.
SegmentPlan plan_segments(std::span<const ir::graph::WeightDecl> tensors,
                          std::uint64_t segment_bytes = kSegmentBytes);

}  // namespace codegen::weights
