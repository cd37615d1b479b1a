// SPDX-License-Identifier: Apache-2.0
// Library: the compiled part of a bundle (model.wasm), taken from a bundle that exists, for
// --weights-only: models that differ in training only share it, byte for byte.
//
//   TRY(Library library, open_library("SmolLM2-135M-q4f16_1"));
//   TRY(Library library, open_library("http://localhost:8080/bundle/"));
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/support/result.h"

namespace compiler {

struct Library {
  std::string hash;  // as the bundle's manifest states it
  std::vector<std::byte> module;
};

// `place`: the folder of a bundle, or its address. Errors: those of reading a bundle; hash_mismatch
// and malformed_bundle of what a server sends; file_unreadable where there is no answer.
ir::Result<Library> open_library(const std::string& place);

// Whether the library is that of the program whose hash is `wanted`. Errors: unsupported_bundle.
ir::Result<void> check_library(const Library& library, const std::string& place,
                               const std::string& wanted);

}  // namespace compiler
