// SPDX-License-Identifier: Apache-2.0
// What the interpreter computes with: tensors in memory, the contiguous KV cache, and the value of
// a graph's edge, which is one of them.
//
//   HostTensor<float> x{{2, 3}, {1, 2, 3, 4, 5, 6}};
//   RuntimeValue<float> value = x;                         // values share their data when copied
//   auto cache = std::make_shared<Cache<float>>(CacheType{5, 4, 8});
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "ir/graph/type.h"

namespace ir::graph {

inline std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape) count *= extent;
  return count;
}

// Row-major, densely packed; data.size() is the product of the extents.
template <class T>
struct HostTensor {
  std::vector<std::int64_t> shape;
  std::vector<T> data;
};

// Integers may come from a decision: argmax over Bounded values whose bounds overlap.
template <>
struct HostTensor<std::uint32_t> {
  std::vector<std::int64_t> shape;
  std::vector<std::uint32_t> data;
  std::vector<bool> uncertain;  // per element: rounding may change it; empty: nothing is uncertain
};

// Keys and values of every sequence, by layer: one growing row-major [positions, width] array each,
// width = kv_heads * head_dim. Positions below the length that were never written are 0.
template <class T>
class Cache {
 public:
  explicit Cache(CacheType type) : type_(type), layers_(static_cast<std::size_t>(type.layers)) {}

  const CacheType& type() const { return type_; }
  std::int64_t width() const { return type_.kv_heads * type_.head_dim; }

  // Stores one position of one sequence; both rows have `width` elements.
  void write(std::int64_t layer, std::uint32_t sequence, std::uint32_t position,
             std::span<const T> keys, std::span<const T> values);
  // What was written, up to the largest position; empty for a sequence never written.
  std::span<const T> keys(std::int64_t layer, std::uint32_t sequence) const;
  std::span<const T> values(std::int64_t layer, std::uint32_t sequence) const;
  // Forgets the positions from `length` on; later positions may be written anew.
  void truncate(std::uint32_t sequence, std::int64_t length);
  // Forgets `count` positions from `first` on; those after them move down, and `turn` changes each
  // of their keys, a row of `width` elements.
  void erase(std::uint32_t sequence, std::int64_t first, std::int64_t count,
             const std::function<void(std::span<T> key)>& turn);

 private:
  struct Strip {
    std::vector<T> keys, values;
  };
  CacheType type_;
  std::vector<std::map<std::uint32_t, Strip>> layers_;
};

// A value at run time. Tensors are immutable and shared; the cache is written in place, which is
// the same as passing copies, because graphs thread it linearly (a law of verify).
template <class T>
class RuntimeValue {
 public:
  using Tensor = HostTensor<T>;
  using Integers = HostTensor<std::uint32_t>;

  RuntimeValue() = default;
  RuntimeValue(Tensor tensor)  // NOLINT: implicit
      : value_(std::make_shared<const Tensor>(std::move(tensor))) {}
  RuntimeValue(Integers integers)  // NOLINT: implicit
      : value_(std::make_shared<const Integers>(std::move(integers))) {}
  RuntimeValue(std::shared_ptr<const Tensor> tensor) : value_(std::move(tensor)) {}  // NOLINT
  RuntimeValue(std::shared_ptr<Cache<T>> cache) : value_(std::move(cache)) {}        // NOLINT

  bool is_tensor() const { return value_.index() == 1; }
  bool is_integers() const { return value_.index() == 2; }
  bool is_cache() const { return value_.index() == 3; }
  const Tensor& tensor() const { return *std::get<1>(value_); }
  const Integers& integers() const { return *std::get<2>(value_); }
  Cache<T>& cache() const { return *std::get<3>(value_); }

 private:
  std::variant<std::monostate, std::shared_ptr<const Tensor>, std::shared_ptr<const Integers>,
               std::shared_ptr<Cache<T>>>
      value_;
};

}  // namespace ir::graph
