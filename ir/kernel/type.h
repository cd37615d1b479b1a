// SPDX-License-Identifier: Apache-2.0
// Types of kernel values: scalars and vectors of 2 or 4, as WGSL has them.
//
//   u32   f32   vec4<f32>   bool
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ir::kernel {

enum class Scalar : std::uint8_t { boolean, i32, u32, f32, f16 };

struct Type {
  Scalar scalar = Scalar::u32;
  std::uint8_t width = 1;  // 1, 2 or 4

  bool operator==(const Type&) const = default;
};

inline constexpr Type kBool{Scalar::boolean, 1};
inline constexpr Type kI32{Scalar::i32, 1};
inline constexpr Type kU32{Scalar::u32, 1};
inline constexpr Type kF32{Scalar::f32, 1};
inline constexpr Type kF16{Scalar::f16, 1};
inline constexpr Type kVec2F16{Scalar::f16, 2};
inline constexpr Type kVec2F32{Scalar::f32, 2};
inline constexpr Type kVec4F32{Scalar::f32, 4};
inline constexpr Type kVec4U32{Scalar::u32, 4};

// Bytes in a storage or workgroup buffer; bool has none there.
constexpr std::uint32_t bytes_of(Type type) {
  return (type.scalar == Scalar::f16 ? 2U : 4U) * type.width;
}

constexpr bool is_float(Scalar scalar) { return scalar == Scalar::f32 || scalar == Scalar::f16; }
constexpr bool is_integer(Scalar scalar) { return scalar == Scalar::u32 || scalar == Scalar::i32; }

std::string_view name_of(Scalar scalar);  // "f32"
std::optional<Scalar> scalar_named(std::string_view name);
std::string to_string(Type type);

}  // namespace ir::kernel
