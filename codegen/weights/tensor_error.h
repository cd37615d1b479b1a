// SPDX-License-Identifier: Apache-2.0
// TensorError: how far stored values lie from those they stand for.
//
//   TensorError error;
//   error.add(exact, stored);      // as often as there are pieces of the tensor
//   error.relative()               // 0.084: of a Gaussian tensor in q4
#pragma once

#include <cstdint>
#include <span>

namespace codegen::weights {

struct TensorError {
  double squared_error = 0, squared_values = 0;
  double largest = 0;  // of any value

  // Both of one length.
  void add(std::span<const float> exact, std::span<const float> stored);
  // Of another piece.
  void add(const TensorError& piece);
  // Root of the mean square of the errors, over that of the values. 0: equal; 1: no better than
  // zeros; NaN: a stored value is no number.
  double relative() const;
};

}  // namespace codegen::weights
