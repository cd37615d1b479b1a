// SPDX-License-Identifier: Apache-2.0
// LLVM IR -> WebAssembly object file, in memory: -O2, then the WebAssembly target.
#pragma once

#include <cstddef>
#include <vector>

namespace llvm {
class Module;
}

namespace codegen::wasm {

// The module is optimised in place. A module that does not verify is a broken law.
std::vector<std::byte> compile_object(llvm::Module& module);

}  // namespace codegen::wasm
