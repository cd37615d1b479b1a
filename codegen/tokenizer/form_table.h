// SPDX-License-Identifier: Apache-2.0
// Writes the table of a step `form`: of Unicode's tables what one normalization form needs
// (runtime/formats/normalizer_bin.h).
#pragma once

#include <cstddef>
#include <vector>

#include "ir/support/tokenizer_description.h"

namespace codegen::tokenizer {

std::vector<std::byte> form_table(ir::UnicodeForm form);

}  // namespace codegen::tokenizer
