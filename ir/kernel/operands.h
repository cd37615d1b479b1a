// SPDX-License-Identifier: Apache-2.0
// The values an op uses, in order; nested blocks are not entered.
//
//   for_each_operand(Store{x, index, value}, visit)   ->  visit(index), visit(value)
#pragma once

#include "ir/kernel/kernel.h"
#include "ir/support/match.h"

namespace ir::kernel {

template <class Visit>
void for_each_operand(const Op& op, Visit&& visit) {
  match(
      op, [](const Constant&) {}, [](const Builtin&) {}, [](const Get&) {}, [](const Barrier&) {},
      [&](const Unary& u) { visit(u.x); }, [&](const Binary& b) { visit(b.a), visit(b.b); },
      [&](const Select& s) { visit(s.condition), visit(s.a), visit(s.b); },
      [&](const Convert& c) { visit(c.x); }, [&](const Bitcast& b) { visit(b.x); },
      [&](const Unpack& u) { visit(u.x); }, [&](const Pack& p) { visit(p.x); },
      [&](const MakeVector& v) {
        for (const Value& lane : v.lanes) visit(lane);
      },
      [&](const Extract& e) { visit(e.x), visit(e.lane); },
      [&](const Dot& d) { visit(d.a), visit(d.b); }, [&](const Load& l) { visit(l.index); },
      [&](const Store& s) { visit(s.index), visit(s.value); },
      [&](const Set& s) { visit(s.value); },
      [&](const For& f) { visit(f.begin), visit(f.end), visit(f.step); },
      [&](const If& i) { visit(i.condition); });
}

// Replaces every value that an op uses by what `map` returns for it.
template <class Map>
void map_operands(Op& op, Map&& map) {
  // The op is not const, so neither are the operands that the visit shows.
  for_each_operand(op, [&](const Value& value) { const_cast<Value&>(value) = map(value); });
}

}  // namespace ir::kernel
