// SPDX-License-Identifier: Apache-2.0
// The general category of every code point, as runs: each run lasts until the next begins.
#pragma once

#include <cstdint>
#include <span>

namespace runtime::host {

// The names of the Unicode standard.
enum class Category : std::uint8_t {
  Lu,
  Ll,
  Lt,
  Lm,
  Lo,
  Mn,
  Mc,
  Me,
  Nd,
  Nl,
  No,
  Pc,
  Pd,
  Ps,
  Pe,
  Pi,
  Pf,
  Po,
  Sm,
  Sc,
  Sk,
  So,
  Zs,
  Zl,
  Zp,
  Cc,
  Cf,
  Cs,
  Co,
  Cn
};

struct CategoryRun {
  char32_t start;
  Category category;
};

std::span<const CategoryRun> category_runs();

}  // namespace runtime::host
