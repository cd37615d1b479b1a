// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Refusal that says why there is none. A grammar is enforced exactly or
// refused; a refusal names the construct and where it stands.
//
//   Result<Regex> parse_pattern(...) {
//     if (is_lookbehind) return Refusal{"look-behind is not supported",
//     "#/properties/zip/pattern"};
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace runtime::grammar {

struct Refusal {
  std::string message;  // lower case, one sentence
  std::string where;    // JSON pointer ("#/items/0"), or line:column of a grammar's text
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Result(Refusal refusal) : state_(std::in_place_index<1>, std::move(refusal)) {}  // NOLINT

  explicit operator bool() const { return state_.index() == 0; }
  // Below: only where it holds what is asked for.
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  const Refusal& refusal() const& { return *std::get_if<1>(&state_); }
  Refusal&& refusal() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Refusal> state_;
};

}  // namespace runtime::grammar
