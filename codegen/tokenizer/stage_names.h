// SPDX-License-Identifier: Apache-2.0
// What a stage is called in a diagnostic: "the pre-tokenizer Split \"\\s+\"".
#pragma once

#include <string>

#include "ir/support/tokenizer_description.h"

namespace codegen::tokenizer {

std::string name_of(const ir::Normalizer& normalizer);
std::string name_of(const ir::PreTokenizer& stage);
std::string name_of(const ir::TokenDecoder& decoder);

}  // namespace codegen::tokenizer
