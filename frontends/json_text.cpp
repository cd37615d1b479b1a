// SPDX-License-Identifier: Apache-2.0
#include "frontends/json_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace frontends {
namespace {

std::string cut(std::string text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return text;
  text.resize(kMost - 3);
  return text + "...";
}

}  // namespace

std::optional<std::int64_t> as_integer(const nlohmann::json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const double number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string short_text(const nlohmann::json& value) {
  return cut(value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

std::string in_quotes(std::string_view text) { return short_text(nlohmann::json(text)); }

std::string reason_of(std::string_view exception_text) {
  // "[json.exception.parse_error.101] parse error at line 2, column 1: syntax error while parsing
  //  object key - unexpected end of input; expected string literal"
  const std::size_t dash = exception_text.find(" - ");
  const std::size_t colon = exception_text.find(": ");
  const std::size_t bracket = exception_text.find("] ");
  if (dash != std::string_view::npos)
    exception_text.remove_prefix(dash + 3);
  else if (colon != std::string_view::npos)
    exception_text.remove_prefix(colon + 2);
  else if (bracket != std::string_view::npos)
    exception_text.remove_prefix(bracket + 2);
  std::string reason(exception_text);
  std::replace_if(reason.begin(), reason.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return reason;
}

}  // namespace frontends
