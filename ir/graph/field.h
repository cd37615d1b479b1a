// SPDX-License-Identifier: Apache-2.0
// Field tables: what the printer, the parser, the hash and the operand walk know about an op.
//
// An op is a plain struct. Beside it stands one constexpr table:
//
//   struct RmsNorm { Value x, weight; double epsilon; };
//   template <> inline constexpr OpTable table_of<RmsNorm> = {
//       "rms_norm", Tier::composite,
//       {{"x", FieldKind::value, offsetof(RmsNorm, x)},
//        {"weight", FieldKind::value, offsetof(RmsNorm, weight)},
//        {"epsilon", FieldKind::real, offsetof(RmsNorm, epsilon)}}};
//
// and everything generic follows from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "ir/graph/type.h"

namespace ir::graph {

// A value of one function: an index into Function::values.
struct Value {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t id = kNone;

  explicit operator bool() const { return id != kNone; }
  bool operator==(const Value&) const = default;
};

// The C++ type of a field of each kind stands behind it.
enum class FieldKind : std::uint8_t {
  value,           // Value
  optional_value,  // Value, kNone when absent
  values,          // std::vector<Value>
  integer,         // std::int64_t
  integers,        // std::vector<std::int64_t>
  real,            // double
  reals,           // std::vector<double>
  dtype,           // DType
  shape,           // Shape
  weight,          // std::uint32_t, an index into Graph::weights
};

struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::value;
  std::size_t offset = 0;
};

// primitive: has a case in the interpreter. composite: has a decomposition into primitives, which
// is its meaning.
enum class Tier : std::uint8_t { primitive, composite };

struct OpTable {
  static constexpr std::size_t kMaxFields = 12;

  constexpr OpTable(std::string_view op_name, Tier op_tier, std::initializer_list<Field> list)
      : name(op_name), tier(op_tier) {
    for (const Field& field : list) storage[count++] = field;
  }
  constexpr const Field* begin() const { return storage.data(); }
  constexpr const Field* end() const { return storage.data() + count; }

  std::string_view name;
  Tier tier;
  std::array<Field, kMaxFields> storage{};
  std::size_t count = 0;
};

template <class Op>
extern const OpTable table_of;  // specialised beside each op

// The field of `op` (a struct with a table) that `field` describes.
template <class T>
const T& field_as(const void* op, const Field& field) {
  return *reinterpret_cast<const T*>(static_cast<const std::byte*>(op) + field.offset);
}
template <class T>
T& field_as(void* op, const Field& field) {
  return *reinterpret_cast<T*>(static_cast<std::byte*>(op) + field.offset);
}

// Calls `visit` with the field itself, a reference to the type that stands beside its kind.
template <class Visit>
void visit_field(const void* op, const Field& field, Visit&& visit) {
  switch (field.kind) {
    case FieldKind::value:
    case FieldKind::optional_value:
      return visit(field_as<Value>(op, field));
    case FieldKind::values:
      return visit(field_as<std::vector<Value>>(op, field));
    case FieldKind::integer:
      return visit(field_as<std::int64_t>(op, field));
    case FieldKind::integers:
      return visit(field_as<std::vector<std::int64_t>>(op, field));
    case FieldKind::real:
      return visit(field_as<double>(op, field));
    case FieldKind::reals:
      return visit(field_as<std::vector<double>>(op, field));
    case FieldKind::dtype:
      return visit(field_as<DType>(op, field));
    case FieldKind::shape:
      return visit(field_as<Shape>(op, field));
    case FieldKind::weight:
      return visit(field_as<std::uint32_t>(op, field));
  }
}

}  // namespace ir::graph
