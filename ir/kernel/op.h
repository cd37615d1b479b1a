// SPDX-License-Identifier: Apache-2.0
// The ops of kernels: what one invocation of a compute shader does. A closed set, close to WGSL,
// so that the WGSL writer only prints.
//
// Arithmetic works lane by lane on vectors; a scalar operand of a Binary or Select is repeated to
// the other operand's width. Integer arithmetic wraps. Shift counts are below 32. Division by zero
// is a fault. Values are immutable; what changes in a loop is a Variable.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/kernel/type.h"

namespace ir::kernel {

// Indices into Kernel::values, ::memories and ::variables.
struct Value {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t id = kNone;

  explicit operator bool() const { return id != kNone; }
  bool operator==(const Value&) const = default;
};
struct MemoryId {
  std::uint32_t id = 0;
  bool operator==(const MemoryId&) const = default;
};
struct VariableId {
  std::uint32_t id = 0;
  bool operator==(const VariableId&) const = default;
};

struct Instruction;
using Block = std::vector<Instruction>;

enum class BuiltinKind : std::uint8_t {
  workgroup_x,
  workgroup_y,
  workgroup_z,  // workgroup_id; uniform in a workgroup
  local_x,
  local_y,
  local_z,        // local_invocation_id
  local_index,    // local_invocation_index
  subgroup_lane,  // subgroup_invocation_id
  subgroup_size,
};

enum class UnaryKind : std::uint8_t {
  neg,
  logical_not,
  bit_not,
  abs,
  exp,
  log,
  sqrt,
  inverse_sqrt,
  floor,
  tanh
};

enum class BinaryKind : std::uint8_t {
  add,
  sub,
  mul,
  div,
  rem,
  min,
  max,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  logical_and,
  logical_or,
  equal,  // from here on: -> bool of the same width
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal
};

enum class UnpackKind : std::uint8_t {
  half2,  // u32 -> vec2<f32>: unpack2x16float
  f16x2,  // u32 -> vec2<f16>: the same bits
  u8x4,   // u32 -> vec4<u32>: unpack4xU8
};

// Over the invocations of a subgroup. Which those are is the GPU's choice.
enum class SubgroupKind : std::uint8_t { add, min, max };

struct Constant {
  Type type;
  double value = 0;
  // 0 and -0 differ, a NaN equals itself.
  bool operator==(const Constant& other) const {
    return type == other.type &&
           std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(other.value);
  }
};  // a vector type repeats the value
struct Builtin {
  BuiltinKind kind = BuiltinKind::local_index;
  bool operator==(const Builtin&) const = default;
};
struct Unary {
  UnaryKind kind = UnaryKind::neg;
  Value x;
  bool operator==(const Unary&) const = default;
};
struct Binary {
  BinaryKind kind = BinaryKind::add;
  Value a, b;
  bool operator==(const Binary&) const = default;
};
struct Select {
  Value condition, a, b;
  bool operator==(const Select&) const = default;
};  // a where the condition holds, else b
struct Convert {
  Value x;
  Scalar to = Scalar::f32;
  bool operator==(const Convert&) const = default;
};  // by value; f32 -> u32 saturates to 4294967040, the largest that both can express
struct Bitcast {
  Value x;
  Scalar to = Scalar::f32;
  bool operator==(const Bitcast&) const = default;
};
struct Unpack {
  UnpackKind kind = UnpackKind::half2;
  Value x;
  bool operator==(const Unpack&) const = default;
};
struct Pack {
  Value x;
  bool operator==(const Pack&) const = default;
};  // vec2<f32> -> u32: pack2x16float
struct MakeVector {
  std::vector<Value> lanes;
  bool operator==(const MakeVector&) const = default;
};  // 2 or 4 scalars of one type
struct Extract {
  Value x, lane;
  bool operator==(const Extract&) const = default;
};  // a lane of a vector; u32 lane < width
struct Dot {
  Value a, b;
  bool operator==(const Dot&) const = default;
};  // of two equal float vectors
struct Load {
  MemoryId memory;
  Value index;
  bool operator==(const Load&) const = default;
};  // index in elements, u32
struct Store {
  MemoryId memory;
  Value index, value;
  bool operator==(const Store&) const = default;
};
struct Get {
  VariableId variable;
  bool operator==(const Get&) const = default;
};
struct Set {
  VariableId variable;
  Value value;
  bool operator==(const Set&) const = default;
};
struct Subgroup {
  SubgroupKind kind = SubgroupKind::add;
  Value x;
  bool operator==(const Subgroup&) const = default;
};  // the same result in all invocations of a subgroup; in uniform control flow
struct Barrier {
  bool operator==(const Barrier&) const = default;
};  // workgroupBarrier, in uniform control flow
// for (induction = begin; induction < end; induction += step); all u32; step > 0.
struct For {
  Value begin, end, step;
  Value induction;
  Block body;
  bool operator==(const For&) const = default;
};
struct If {
  Value condition;
  Block then, otherwise;
  bool operator==(const If&) const = default;
};

using Op =
    std::variant<Constant, Builtin, Unary, Binary, Select, Convert, Bitcast, Unpack, Pack,
                 MakeVector, Extract, Dot, Subgroup, Load, Store, Get, Set, Barrier, For, If>;

struct Instruction {
  Op op;
  Value result;  // none for Store, Set, Barrier, For, If
  bool operator==(const Instruction&) const = default;
};

// The names of the kinds in IR text: "workgroup_x", "exp", "add", "half2".
constexpr bool is_comparison(BinaryKind kind) { return kind >= BinaryKind::equal; }

// What an Unpack gives.
constexpr Type result_of(UnpackKind kind) {
  return kind == UnpackKind::half2 ? kVec2F32 : kind == UnpackKind::f16x2 ? kVec2F16 : kVec4U32;
}

std::string_view name_of(BuiltinKind kind);
std::string_view name_of(UnaryKind kind);
std::string_view name_of(BinaryKind kind);
std::string_view name_of(UnpackKind kind);
std::string_view name_of(SubgroupKind kind);
std::optional<BuiltinKind> builtin_named(std::string_view name);
std::optional<UnaryKind> unary_named(std::string_view name);
std::optional<BinaryKind> binary_named(std::string_view name);
std::optional<UnpackKind> unpack_named(std::string_view name);
std::optional<SubgroupKind> subgroup_named(std::string_view name);

}  // namespace ir::kernel
