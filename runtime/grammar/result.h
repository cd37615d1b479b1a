// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Refusal that says why there is none. A grammar is enforced exactly or
// refused; a refusal names the construct and where it stands.
//
//   Result<Regex> parse_pattern(...) {
//     if (is_lookbehind) return Refusal{"look-behind is not supported",
//     "#/properties/zip/pattern"};
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "runtime/grammar/arena.h"

namespace runtime::grammar {

// Its texts end with a zero; they are constants, or lie in the arena of the grammar.
struct Refusal {
  const char* message = nullptr;  // lower case, one sentence; null: nothing is refused
  const char* where = "";         // JSON pointer ("#/items/0"), or line:column of a grammar's text

  explicit operator bool() const { return message != nullptr; }
};

// "line:column" of a place in a text, from 1; columns count characters.
const char* line_and_column(Arena& arena, std::string_view text, std::size_t at);

// T has a default, which stands where there is no value: a variant would be more code in every
// caller.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}   // NOLINT: implicit
  Result(Refusal refusal) : refusal_(refusal) {}  // NOLINT
  // With a value that is of no use but holds the texts of the refusal.
  Result(T value, Refusal refusal) : value_(std::move(value)), refusal_(refusal) {}

  explicit operator bool() const { return !refusal_; }
  // Below: only where it holds what is asked for.
  T& operator*() & { return value_; }
  const T& operator*() const& { return value_; }
  T&& operator*() && { return std::move(value_); }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  T value_{};
  Refusal refusal_;
};

}  // namespace runtime::grammar
