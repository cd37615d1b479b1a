// SPDX-License-Identifier: Apache-2.0
// What kinds of kernels a numeric case runs: by which form, of a matrix in which encoding, for what
// a GPU must have.
//
//   gemm q4
//   gemm q4, f16
#pragma once

#include <compare>
#include <set>
#include <string>
#include <string_view>

#include "tests/numerics/prepared_case.h"

namespace tests::numerics {

struct KernelUse {
  std::string_view form;
  std::string_view encoding;  // of the matrix it reads; empty: of none
  bool f16 = false, subgroups = false;
  auto operator<=>(const KernelUse&) const = default;
};
std::string to_string(const KernelUse& use);

// The kernels that all targets together run, with all forms.
std::set<KernelUse> kernel_uses(const PreparedCase& prepared);

}  // namespace tests::numerics
