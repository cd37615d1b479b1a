// SPDX-License-Identifier: Apache-2.0
// Element types of tensors, in checkpoints and in graphs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ir {

enum class DType : std::uint8_t {
  boolean,
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f8_e4m3,
  f8_e5m2,
  bf16,
  f16,
  f32,
  f64,
};

struct DTypeInfo {
  DType dtype;
  std::string_view name;  // in IR text and messages
  std::uint32_t bytes;
};

inline constexpr std::array kDTypes = {
    DTypeInfo{DType::boolean, "bool", 1},    DTypeInfo{DType::u8, "u8", 1},
    DTypeInfo{DType::i8, "i8", 1},           DTypeInfo{DType::u16, "u16", 2},
    DTypeInfo{DType::i16, "i16", 2},         DTypeInfo{DType::u32, "u32", 4},
    DTypeInfo{DType::i32, "i32", 4},         DTypeInfo{DType::u64, "u64", 8},
    DTypeInfo{DType::i64, "i64", 8},         DTypeInfo{DType::f8_e4m3, "f8_e4m3", 1},
    DTypeInfo{DType::f8_e5m2, "f8_e5m2", 1}, DTypeInfo{DType::bf16, "bf16", 2},
    DTypeInfo{DType::f16, "f16", 2},         DTypeInfo{DType::f32, "f32", 4},
    DTypeInfo{DType::f64, "f64", 8},
};

constexpr std::string_view name_of(DType dtype) {
  return kDTypes[static_cast<std::size_t>(dtype)].name;
}
constexpr std::uint32_t bytes_of(DType dtype) {
  return kDTypes[static_cast<std::size_t>(dtype)].bytes;
}
constexpr std::optional<DType> dtype_named(std::string_view name) {
  for (const DTypeInfo& info : kDTypes)
    if (info.name == name) return info.dtype;
  return std::nullopt;
}

}  // namespace ir
