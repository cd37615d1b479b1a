// SPDX-License-Identifier: Apache-2.0
// line_diff: what became of a text, line by line, with up to three lines around each change:
//
//     %1 = rms_norm %0, @norm : f32[rows, 64]
//   - %2 = swiglu %gate, %up : f32[rows, 172]
//   + %2 = linear_swiglu %1, @gate, @up : f32[rows, 172]
//   ...
#pragma once

#include <string>
#include <string_view>

namespace compiler {

// Empty when the texts are equal. Where too much has changed to find out what, all of `before` is
// followed by all of `after`.
std::string line_diff(std::string_view before, std::string_view after);

}  // namespace compiler
