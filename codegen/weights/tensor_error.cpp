// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/tensor_error.h"

#include <cmath>

#include "ir/support/check.h"

namespace codegen::weights {

void TensorError::add(std::span<const float> exact, std::span<const float> stored) {
  CHECK(exact.size() == stored.size(), "{} values for {}", stored.size(), exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double value = exact[i], difference = std::abs(stored[i] - value);
    squared_values += value * value;
    squared_error += difference * difference;
    if (!(difference <= largest)) largest = difference;  // also NaN
  }
}

void TensorError::add(const TensorError& piece) {
  squared_error += piece.squared_error;
  squared_values += piece.squared_values;
  if (!(piece.largest <= largest)) largest = piece.largest;
}

double TensorError::relative() const {
  if (squared_error == 0) return 0;
  return std::sqrt(squared_error / squared_values);
}

}  // namespace codegen::weights
