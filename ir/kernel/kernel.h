// SPDX-License-Identifier: Apache-2.0
// Kernel: one compute shader.
//
//   kernel copy workgroup(64, 1, 1) {
//     read x: f32
//     write y: f32              // `write` stands for read_write storage
//     shared s: f32[64]
//     var total: f32
//     %0 = builtin workgroup_x
//     %1 = constant u32 64
//     %2 = mul %0, %1
//     %3 = builtin local_x
//     %4 = add %2, %3
//     %5 = load x, %4
//     store y, %4, %5
//   }
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ir/kernel/op.h"

namespace ir::kernel {

enum class Space : std::uint8_t {
  read,        // storage, read only
  read_write,  // storage
  workgroup,   // shared by the invocations of a workgroup; not initialised
};

struct Memory {
  std::string name;
  Space space = Space::read;
  Type element;
  std::uint32_t count = 0;  // workgroup memory only; storage is as long as its buffer

  bool operator==(const Memory&) const = default;
};

struct Variable {
  std::string name;
  Type type;  // not initialised

  bool operator==(const Variable&) const = default;
};

// Storage memories come first; their order is their binding number. At most 8 (WebGPU's default
// limit); workgroup memory at most 16 KiB; at most 256 invocations.
struct Kernel {
  std::string name;
  std::array<std::uint32_t, 3> workgroup_size{1, 1, 1};
  std::vector<Memory> memories;
  std::vector<Variable> variables;
  std::vector<Type> values;  // types, by id
  Block body;

  std::uint32_t storage_count() const {
    std::uint32_t count = 0;
    for (const Memory& memory : memories) count += memory.space != Space::workgroup;
    return count;
  }
  bool operator==(const Kernel&) const = default;
};

}  // namespace ir::kernel
