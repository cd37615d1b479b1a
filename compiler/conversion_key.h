// SPDX-License-Identifier: Apache-2.0
// conversion_key: a name for "these weight files into this library, by this program". Two runs of
// equal key write equal segments, so that one may go on where the other was killed.
#pragma once

#include <string>
#include <string_view>

#include "compiler/model.h"

namespace compiler {

// Files count as equal when path, size and time of change are. Empty when one cannot be examined:
// then nothing is taken over.
std::string conversion_key(const Model& model, std::string_view library);

}  // namespace compiler
