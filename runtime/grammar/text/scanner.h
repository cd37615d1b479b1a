// SPDX-License-Identifier: Apache-2.0
// Scanner: reads the text of a grammar from left to right; what GBNF and Lark have in common.
//
//   Scanner in(arena, "root ::= \"a\"");
//   in.take("root");
//   in.refuse("no rule is called so");   // false; the refusal stands at 1:5
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "runtime/grammar/result.h"
#include "runtime/host/ascii.h"

namespace runtime::grammar::text {

class Scanner {
 public:
  Scanner(Arena& arena, std::string_view text) : arena_(arena), text_(text) {}

  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }
  bool at_end() const { return at_ == text_.size(); }
  char next() const { return at_end() ? '\0' : text_[at_]; }
  std::string_view rest() const { return text_.substr(at_); }
  std::string_view since(std::size_t start) const { return text_.substr(start, at_ - start); }
  bool is_next(std::string_view text) const { return rest().starts_with(text); }
  bool take(std::string_view text);
  // The bytes up to the first that is not in `allowed`.
  template <class Allowed>
  std::string_view take_while(const Allowed& allowed) {
    const std::size_t start = at_;
    while (!at_end() && allowed(text_[at_])) ++at_;
    return since(start);
  }

  // The character that is next, as it stands.
  bool character(std::uint32_t& point);
  // As many hexadecimal digits; what they stand for must be a character.
  bool hexadecimal(std::size_t digits, std::uint32_t& point);
  // A decimal number up to kMaxCount; none if no digit is next.
  std::optional<std::uint32_t> number();
  // Whether a repeat is next: ?, *, +, {n}, {n,}, {,m} or {n,m}. One that is malformed is refused.
  bool repeat(std::uint32_t& min, std::uint32_t& max);

  // Returns false; the first refusal stays. Its message is a constant, lies in the arena, or has
  // parts.
  bool refuse(const char* message) { return refuse_at(at_, message); }
  bool refuse_at(std::size_t at, const char* message);
  bool refuse_at(std::size_t at, std::initializer_list<std::string_view> message);
  Refusal refusal() const { return refusal_; }

  static constexpr std::uint32_t kMaxCount = 1'000'000'000;

 private:
  bool counts(std::uint32_t& min, std::uint32_t& max);

  Arena& arena_;
  std::string_view text_;
  std::size_t at_ = 0;
  Refusal refusal_;
};

using host::is_digit;
using host::is_lower;
using host::is_upper;

}  // namespace runtime::grammar::text
