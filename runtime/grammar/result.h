// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Refusal that says why there is none. A grammar is enforced exactly or
// refused; a refusal names the construct and where it stands.
//
//   Result<Regex> parse_pattern(...) {
//     if (is_lookbehind) return Refusal{"look-behind is not supported",
//     "#/properties/zip/pattern"};
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace runtime::grammar {

struct Refusal {
  std::string message;  // lower case, one sentence
  std::string where;    // JSON pointer ("#/items/0"), or line:column of a grammar's text
};

// T has a default, which stands where there is no value: a variant would be more code in every
// caller.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit
  Result(Refusal refusal) : refusal_(std::make_unique<Refusal>(std::move(refusal))) {}  // NOLINT

  explicit operator bool() const { return refusal_ == nullptr; }
  // Below: only where it holds what is asked for.
  T& operator*() & { return value_; }
  const T& operator*() const& { return value_; }
  T&& operator*() && { return std::move(value_); }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  const Refusal& refusal() const& { return *refusal_; }
  Refusal&& refusal() && { return std::move(*refusal_); }

 private:
  T value_{};
  std::unique_ptr<Refusal> refusal_;
};

}  // namespace runtime::grammar
