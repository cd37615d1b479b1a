// SPDX-License-Identifier: Apache-2.0
// Elementwise evaluation with NumPy broadcasting: shapes are aligned at the right, an extent of 1
// or a missing one repeats.
//
//   map_elements<float>([](float a, float b) { return a + b; }, a, b)
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "ir/graph/host_tensor.h"
#include "ir/support/check.h"

namespace ir::graph::evaluate {

using Extents = std::vector<std::int64_t>;

// The shape to which both broadcast.
inline Extents broadcast_shape(const Extents& a, const Extents& b) {
  Extents shape = a.size() >= b.size() ? a : b;
  const Extents& shorter = a.size() >= b.size() ? b : a;
  const std::size_t offset = shape.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& extent = shape[offset + i];
    CHECK(extent == shorter[i] || extent == 1 || shorter[i] == 1, "extents {} and {}", extent,
          shorter[i]);
    if (extent == 1) extent = shorter[i];
  }
  return shape;
}

// Elements to skip per step along each axis of `shape` for a tensor of shape `from`; 0 repeats.
inline Extents broadcast_strides(const Extents& from, const Extents& shape) {
  Extents strides(shape.size(), 0);
  std::int64_t stride = 1;
  const std::size_t offset = shape.size() - from.size();
  for (std::size_t i = from.size(); i-- > 0;) {
    if (from[i] != 1) strides[offset + i] = stride;
    stride *= from[i];
  }
  return strides;
}

// Walks over all axes but the last in row-major order, with one offset per operand.
template <std::size_t N>
class OuterWalk {
 public:
  OuterWalk(const Extents& shape, std::array<Extents, N> strides)
      : shape_(shape), strides_(std::move(strides)), index_(shape.size(), 0) {}

  const std::array<std::int64_t, N>& offsets() const { return offsets_; }
  void next() {
    for (std::size_t axis = shape_.size() - 1; axis-- > 0;) {
      for (std::size_t i = 0; i < N; ++i) offsets_[i] += strides_[i][axis];
      if (++index_[axis] < shape_[axis]) return;
      for (std::size_t i = 0; i < N; ++i) offsets_[i] -= strides_[i][axis] * shape_[axis];
      index_[axis] = 0;
    }
  }

 private:
  const Extents& shape_;
  std::array<Extents, N> strides_;
  Extents index_;
  std::array<std::int64_t, N> offsets_{};
};

template <class Out, class F, class... In>
HostTensor<Out> map_elements(F&& f, const HostTensor<In>&... inputs) {
  Extents shape;
  ((shape = broadcast_shape(shape, inputs.shape)), ...);
  HostTensor<Out> out{shape, {}};
  out.data.resize(static_cast<std::size_t>(element_count(shape)));
  if (out.data.empty()) return out;
  if (shape.empty()) shape = {1};

  OuterWalk<sizeof...(In)> walk(shape, {broadcast_strides(inputs.shape, shape)...});
  const std::array steps{broadcast_strides(inputs.shape, shape).back()...};
  const std::int64_t inner = shape.back();
  for (Out* row = out.data.data(); row != out.data.data() + out.data.size(); row += inner) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      for (std::int64_t i = 0; i < inner; ++i)
        row[i] = f(inputs.data[static_cast<std::size_t>(walk.offsets()[I] + i * steps[I])]...);
    }(std::index_sequence_for<In...>());
    walk.next();
  }
  return out;
}

}  // namespace ir::graph::evaluate
