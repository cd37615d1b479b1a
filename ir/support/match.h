// SPDX-License-Identifier: Apache-2.0
// match(variant, lambdas...): the case analysis of a std::variant.
//
//   match(step, [](const Dispatch& d) { ... }, [](const Copy& c) { ... });
#pragma once

#include <utility>
#include <variant>

namespace ir {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

template <class Variant, class... Cases>
decltype(auto) match(Variant&& variant, Cases&&... cases) {
  return std::visit(Overloaded{std::forward<Cases>(cases)...}, std::forward<Variant>(variant));
}

}  // namespace ir
