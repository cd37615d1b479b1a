// SPDX-License-Identifier: Apache-2.0
// SyntheticSource: a checkpoint of any size without a file; each value is computed when it is read.
//
//   SyntheticSource source;
//   source.add("w", {128, 64});
//   source.set("w", 5, NAN);     // one value by hand
#pragma once

#include <cstring>
#include <map>
#include <string>

#include "ir/graph/graph.h"
#include "ir/support/tensor_source.h"

namespace tests {

class SyntheticSource : public ir::TensorSource {
 public:
  void add(const std::string& name, std::vector<std::int64_t> shape) {
    entries_[name] = {.name = name,
                      .dtype = ir::DType::f32,
                      .shape = std::move(shape),
                      .where = {.path = "synthetic", .item = name}};
  }
  void set(const std::string& name, std::uint64_t index, float value) {
    by_hand_[name][index] = value;
  }

  // In [-1, 1), different in each tensor.
  float value(const std::string& name, std::uint64_t index) const {
    if (const auto hand = by_hand_.find(name); hand != by_hand_.end())
      if (const auto found = hand->second.find(index); found != hand->second.end())
        return found->second;
    return generated(std::hash<std::string>{}(name), index);
  }

  const std::map<std::string, ir::TensorEntry, std::less<>>& tensors() const override {
    return entries_;
  }
  ir::Result<void> read(const ir::TensorEntry& tensor, std::uint64_t offset,
                        std::span<std::byte> out) const override {
    const std::size_t seed = std::hash<std::string>{}(tensor.name);
    const std::uint64_t begin = offset / 4;
    const std::size_t count = out.size() / 4;
    for (std::size_t i = 0; i < count; ++i) {
      const float value = generated(seed, begin + i);
      std::memcpy(&out[i * 4], &value, 4);
    }
    if (const auto hand = by_hand_.find(tensor.name); hand != by_hand_.end())
      for (const auto& [index, value] : hand->second)
        if (index >= begin && index < begin + count)
          std::memcpy(&out[(index - begin) * 4], &value, 4);
    return {};
  }

 private:
  static float generated(std::uint64_t seed, std::uint64_t index) {
    const auto mixed = static_cast<std::uint32_t>((index + seed) * 0x9e3779b97f4a7c15U >> 40);
    return static_cast<float>(mixed) / static_cast<float>(1U << 23) - 1;
  }

  std::map<std::string, ir::TensorEntry, std::less<>> entries_;
  std::map<std::string, std::map<std::uint64_t, float>> by_hand_;
};

// Declares a tensor in a source and as a weight of its own.
inline ir::graph::WeightDecl declare(SyntheticSource& source, const std::string& name,
                                     std::vector<std::int64_t> shape, ir::Encoding encoding) {
  source.add(name, shape);
  return {.name = name, .shape = std::move(shape), .encoding = encoding, .sources = {name}};
}

}  // namespace tests
