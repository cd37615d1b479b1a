// SPDX-License-Identifier: Apache-2.0
// MemoryTensors: a checkpoint of f32 tensors made by a test.
//
//   MemoryTensors source;
//   source.add("w", {2, 3}, {1, 2, 3, 4, 5, 6});
//   WeightValues weights(graph, source);
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ir/support/tensor_source.h"

namespace tests {

class MemoryTensors : public ir::TensorSource {
 public:
  void add(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    entries_[name] = {.name = name,
                      .dtype = ir::DType::f32,
                      .shape = std::move(shape),
                      .where = {.path = "memory", .item = name}};
    values_[name] = std::move(values);
  }

  const std::map<std::string, ir::TensorEntry, std::less<>>& tensors() const override {
    return entries_;
  }
  ir::Result<void> read(const ir::TensorEntry& tensor, std::uint64_t offset,
                        std::span<std::byte> out) const override {
    const std::vector<float>& values = values_.at(tensor.name);
    std::memcpy(out.data(), reinterpret_cast<const std::byte*>(values.data()) + offset, out.size());
    return {};
  }

 private:
  std::map<std::string, ir::TensorEntry, std::less<>> entries_;
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace tests
