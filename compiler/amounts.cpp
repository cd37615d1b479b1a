// SPDX-License-Identifier: Apache-2.0
#include "compiler/amounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace compiler {
namespace {

// Three significant digits and the unit of the power of 1000 below; small numbers stay whole.
std::string scaled(std::uint64_t amount, std::span<const std::string_view> units) {
  if (amount < 1000) return fmt::format("{}{}", amount, units[0]);
  double value = static_cast<double>(amount);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, decimals, units[unit]);
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {" B", " kB", " MB", " GB", " TB"};
  return scaled(bytes, kUnits);
}

std::string format_count(std::uint64_t count) {
  constexpr std::array<std::string_view, 5> kUnits = {"", " K", " M", " B", " T"};
  return scaled(count, kUnits);
}

std::string format_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(0.0, std::round(seconds)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace compiler
