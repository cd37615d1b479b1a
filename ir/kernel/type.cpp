// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/type.h"

#include <fmt/format.h>

#include <array>

namespace ir::kernel {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 5> kScalars = {"bool", "i32", "u32", "f32", "f16"};

}  // namespace

std::string_view name_of(Scalar scalar) { return kScalars[static_cast<std::size_t>(scalar)]; }

std::optional<Scalar> scalar_named(std::string_view name) {
  for (std::size_t i = 0; i < kScalars.size(); ++i)
    if (kScalars[i] == name) return static_cast<Scalar>(i);
  return std::nullopt;
}

std::string to_string(Type type) {
  if (type.width == 1) return std::string(name_of(type.scalar));
  return fmt::format("vec{}<{}>", type.width, name_of(type.scalar));
}

}  // namespace ir::kernel
