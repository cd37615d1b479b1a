// SPDX-License-Identifier: Apache-2.0
// TensorEncoder: the bands of one stored tensor, read from the checkpoint and encoded.
//
//   WeightDecl qkv q4[192, 64] = rows(q[64, 64], k[64, 64], v[64, 64])
//   encode_bands(3, 2, ...)  ->  rows 48..79: 16 of q, 16 of k
#pragma once

#include <span>
#include <vector>

#include "codegen/weights/segments.h"
#include "codegen/weights/tensor_error.h"
#include "ir/graph/graph.h"
#include "ir/support/tensor_source.h"

namespace codegen::weights {

class TensorEncoder {
 public:
  // Sources that are missing or do not add up to the tensor's shape are broken laws: frontends have
  // checked them. Both arguments must outlive the encoder.
  TensorEncoder(const ir::TensorSource& source, const ir::graph::WeightDecl& tensor);

  const TensorLayout& layout() const { return layout_; }

  // Encodes bands [first, first + count) into their two planes and returns the largest magnitude
  // among the values. Adds to `error` what is lost, unless that is null: decoding takes longer than
  // encoding. Safe to call from several threads. Errors: weight_not_finite, those of reading.
  ir::Result<float> encode_bands(std::uint64_t first, std::uint64_t count,
                                 std::span<std::byte> codes, std::span<std::byte> scales,
                                 TensorError* error = nullptr) const;

  // The values themselves: whole rows from `first` on. Returns and fails as encode_bands does.
  ir::Result<float> read_rows(std::uint64_t first, std::span<float> values) const;

  // What a largest magnitude means for this tensor: nothing, or that the encoding cuts it off
  // (weight_out_of_range: a warning).
  std::optional<ir::Diagnostic> check_magnitude(float largest) const;

 private:
  struct Source {
    const ir::TensorEntry* entry;
    std::uint64_t first_row, rows;
  };
  std::uint64_t rows() const;
  ir::Result<float> read_source(const Source& source, std::uint64_t row,
                                std::span<float> values) const;

  const ir::TensorSource& source_;
  const ir::graph::WeightDecl& tensor_;
  TensorLayout layout_;
  std::uint64_t row_length_ = 1;
  std::vector<Source> sources_;
};

}  // namespace codegen::weights
