// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/op.h"

#include <array>

namespace ir::kernel {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 9> kBuiltins = {
    "workgroup_x", "workgroup_y", "workgroup_z",   "local_x",      "local_y",
    "local_z",     "local_index", "subgroup_lane", "subgroup_size"};
constexpr std::array<std::string_view, 10> kUnaries = {
    "neg", "logical_not", "bit_not", "abs", "exp", "log", "sqrt", "inverse_sqrt", "floor", "tanh"};
constexpr std::array<std::string_view, 20> kBinaries = {
    "add",     "sub",       "mul",     "div",        "rem",         "min",          "max",
    "bit_and", "bit_or",    "bit_xor", "shift_left", "shift_right", "logical_and",  "logical_or",
    "equal",   "not_equal", "less",    "less_equal", "greater",     "greater_equal"};
constexpr std::array<std::string_view, 3> kUnpacks = {"half2", "f16x2", "u8x4"};
constexpr std::array<std::string_view, 3> kSubgroups = {"add", "min", "max"};

static_assert(kBuiltins.size() == static_cast<std::size_t>(BuiltinKind::subgroup_size) + 1);
static_assert(kUnaries.size() == static_cast<std::size_t>(UnaryKind::tanh) + 1);
static_assert(kBinaries.size() == static_cast<std::size_t>(BinaryKind::greater_equal) + 1);
static_assert(kUnpacks.size() == static_cast<std::size_t>(UnpackKind::u8x4) + 1);
static_assert(kSubgroups.size() == static_cast<std::size_t>(SubgroupKind::max) + 1);

template <class Kind, std::size_t count>
std::optional<Kind> named(const std::array<std::string_view, count>& names, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i)
    if (names[i] == name) return static_cast<Kind>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(BuiltinKind kind) { return kBuiltins[static_cast<std::size_t>(kind)]; }
std::string_view name_of(UnaryKind kind) { return kUnaries[static_cast<std::size_t>(kind)]; }
std::string_view name_of(BinaryKind kind) { return kBinaries[static_cast<std::size_t>(kind)]; }
std::string_view name_of(UnpackKind kind) { return kUnpacks[static_cast<std::size_t>(kind)]; }
std::string_view name_of(SubgroupKind kind) { return kSubgroups[static_cast<std::size_t>(kind)]; }

std::optional<BuiltinKind> builtin_named(std::string_view name) {
  return named<BuiltinKind>(kBuiltins, name);
}
std::optional<UnaryKind> unary_named(std::string_view name) {
  return named<UnaryKind>(kUnaries, name);
}
std::optional<BinaryKind> binary_named(std::string_view name) {
  return named<BinaryKind>(kBinaries, name);
}
std::optional<UnpackKind> unpack_named(std::string_view name) {
  return named<UnpackKind>(kUnpacks, name);
}
std::optional<SubgroupKind> subgroup_named(std::string_view name) {
  return named<SubgroupKind>(kSubgroups, name);
}

}  // namespace ir::kernel
