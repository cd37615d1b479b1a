// SPDX-License-Identifier: Apache-2.0
// Object file -> WebAssembly module, by lld as a library.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ir/support/result.h"

namespace codegen::wasm {

// Links without entry point and imports; exports `memory` and the named symbols. lld works on files
// only: they lie in a private temporary folder that is gone when this returns. Callable any number
// of times, from one thread at a time. Errors: file_unwritable.
ir::Result<std::vector<std::byte>> link_module(std::span<const std::byte> object,
                                               std::span<const std::string> exports);

}  // namespace codegen::wasm
