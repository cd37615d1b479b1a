// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Diagnostic that says why there is none.
//
//   Result<Config> read_config(const Path& path) {
//     TRY(std::string text, read_text(path));      // returns the diagnostic, if that is what came
//     TRY_DO(check_braces(text));                  // the same for Result<void>
//     return parse(text);
//   }
#pragma once

#include <utility>
#include <variant>

#include "ir/support/diagnostic.h"

namespace ir {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Result(Diagnostic error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Diagnostic& error() const& { return std::get<1>(state_); }
  Diagnostic&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Diagnostic> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Diagnostic error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  explicit operator bool() const { return error_.index() == 0; }
  const Diagnostic& error() const& { return std::get<1>(error_); }
  Diagnostic&& error() && { return std::get<1>(std::move(error_)); }

 private:
  std::variant<std::monostate, Diagnostic> error_;
};

}  // namespace ir

#define WEBLLM_JOIN_(a, b) a##b
#define WEBLLM_JOIN(a, b) WEBLLM_JOIN_(a, b)
#define WEBLLM_TRY_AS(temporary, declaration, ...)     \
  auto temporary = (__VA_ARGS__);                      \
  if (!temporary) return std::move(temporary).error(); \
  declaration = *std::move(temporary)

// TRY(declaration, expression): declares a value from a Result, or returns its diagnostic.
#define TRY(declaration, ...) \
  WEBLLM_TRY_AS(WEBLLM_JOIN(try_result_, __LINE__), declaration, __VA_ARGS__)

// TRY_DO(expression): returns the diagnostic of a Result<void>, if there is one.
#define TRY_DO(...)                                                                         \
  do {                                                                                      \
    if (auto try_result = (__VA_ARGS__); !try_result) return std::move(try_result).error(); \
  } while (false)
