// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/op.h"

#include <utility>

namespace ir::graph {
namespace {

constexpr std::size_t kOpCount = std::variant_size_v<Op>;

template <std::size_t... I>
constexpr std::array<const OpTable*, kOpCount> list_tables(std::index_sequence<I...>) {
  return {&table_of<std::variant_alternative_t<I, Op>>...};
}
constexpr std::array kTables = list_tables(std::make_index_sequence<kOpCount>{});

template <std::size_t... I>
std::optional<Op> make_op_at(std::size_t index, std::index_sequence<I...>) {
  std::optional<Op> op;
  ((index == I ? void(op.emplace(std::in_place_index<I>)) : void()), ...);
  return op;
}

}  // namespace

const OpTable& table(const Op& op) { return *kTables[op.index()]; }

const void* address(const Op& op) {
  return std::visit([](const auto& held) { return static_cast<const void*>(&held); }, op);
}
void* address(Op& op) { return const_cast<void*>(address(std::as_const(op))); }

std::span<const OpTable* const> all_op_tables() { return kTables; }

std::optional<Op> make_op(std::string_view name) {
  for (std::size_t i = 0; i < kOpCount; ++i)
    if (kTables[i]->name == name) return make_op_at(i, std::make_index_sequence<kOpCount>{});
  return std::nullopt;
}

void for_each_operand(const Op& op, const std::function<void(Value)>& visit) {
  for (const Field& field : table(op)) {
    if (field.kind == FieldKind::value || field.kind == FieldKind::optional_value) {
      if (const Value value = field_as<Value>(address(op), field)) visit(value);
    } else if (field.kind == FieldKind::values) {
      for (const Value value : field_as<std::vector<Value>>(address(op), field))
        if (value) visit(value);
    }
  }
}

void map_operands(Op& op, const std::function<Value(Value)>& map) {
  for (const Field& field : table(op)) {
    if (field.kind == FieldKind::value || field.kind == FieldKind::optional_value) {
      auto& value = field_as<Value>(address(op), field);
      if (value) value = map(value);
    } else if (field.kind == FieldKind::values) {
      for (Value& value : field_as<std::vector<Value>>(address(op), field))
        if (value) value = map(value);
    }
  }
}

}  // namespace ir::graph
