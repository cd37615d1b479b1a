// SPDX-License-Identifier: Apache-2.0
// The values an op uses, in order; nested blocks are not entered.
//
//   for_each_operand(Store{x, index, value}, visit)   ->  visit(index), visit(value)
//
// Operands are the fields of type Value that bear one of the names below, in this order: a new op
// that keeps to them needs no line here.
#pragma once

#include <type_traits>
#include <variant>

#include "ir/kernel/kernel.h"

namespace ir::kernel {

// Calls visit(Value&), or visit(const Value&) for an op that is const.
template <class AnyOp, class Visit>
void for_each_operand(AnyOp& op, Visit&& visit) {
  const auto show = [&](auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, Value>) visit(field);
  };
  std::visit(
      [&](auto& o) {
        if constexpr (requires { o.condition; }) show(o.condition);
        if constexpr (requires { o.x; }) show(o.x);
        if constexpr (requires { o.a; }) show(o.a);
        if constexpr (requires { o.b; }) show(o.b);
        if constexpr (requires { o.lanes; })
          for (auto& lane : o.lanes) show(lane);
        if constexpr (requires { o.lane; }) show(o.lane);
        if constexpr (requires { o.index; }) show(o.index);
        if constexpr (requires { o.value; }) show(o.value);  // a constant's is a number
        if constexpr (requires { o.begin; }) show(o.begin), show(o.end), show(o.step);
      },
      op);
}

// Replaces every value that an op uses by what `map` returns for it.
template <class Map>
void map_operands(Op& op, Map&& map) {
  for_each_operand(op, [&](Value& value) { value = map(value); });
}

}  // namespace ir::kernel
