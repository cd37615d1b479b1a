// SPDX-License-Identifier: Apache-2.0
// Numbers for people: bytes, counts and durations as short text.
//
//   format_bytes(1'180'000) = "1.18 MB"      format_count(260'032) = "260 K"
//   format_seconds(75) = "1:15"
#pragma once

#include <cstdint>
#include <string>

namespace compiler {

std::string format_bytes(std::uint64_t bytes);  // powers of 1000: B, kB, MB, GB, TB
std::string format_count(std::uint64_t count);  // 999, 12.3 K, 135 M, 7.2 B
std::string format_seconds(double seconds);     // 0:07, 1:15, 1:02:03

}  // namespace compiler
