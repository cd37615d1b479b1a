// SPDX-License-Identifier: Apache-2.0
// Evaluation of the ops that work on whole rows: reductions over the last axis, movements of
// elements, tables and the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ir/graph/host_tensor.h"
#include "ir/graph/ops/primitives.h"

namespace ir::graph::evaluate {

template <class T>
struct Rows {
  using Tensor = HostTensor<T>;
  using Numbers = std::span<const std::uint32_t>;

  static Tensor reduce_sum(const Tensor& x);
  static Tensor reduce_max(const Tensor& x);
  static HostTensor<std::uint32_t> argmax(const Tensor& x);

  static Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end);
  static Tensor concat(const std::vector<const Tensor*>& parts);
  static Tensor gather(const Tensor& table, Numbers ids);
  static Tensor rope_table(const RopeTable& op, Numbers positions);

  static void cache_write(Cache<T>& cache, std::int64_t layer, const Tensor& keys,
                          const Tensor& values, Numbers sequences, Numbers positions);
  // What each row may see of its sequence's strip, up to and including its position, filled with
  // zeros to `context` positions: [rows, context, width].
  static Tensor cached_keys(const Cache<T>& cache, std::int64_t layer, Numbers sequences,
                            Numbers positions, std::int64_t context);
  static Tensor cached_values(const Cache<T>& cache, std::int64_t layer, Numbers sequences,
                              Numbers positions, std::int64_t context);
};

// Also of u32.
template <class T>
HostTensor<T> transpose(const HostTensor<T>& x, std::span<const std::int64_t> permutation);

}  // namespace ir::graph::evaluate
