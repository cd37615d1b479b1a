// SPDX-License-Identifier: Apache-2.0
// What a stream can show.
#pragma once

#include <cstdio>

namespace compiler {

bool is_terminal(std::FILE* stream);

// A terminal that understands colours, whose user has not said NO_COLOR (https://no-color.org).
bool shows_colour(std::FILE* stream);

}  // namespace compiler
