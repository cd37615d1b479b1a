# SPDX-License-Identifier: Apache-2.0
# webllm_wasm: the only target that sees LLVM and lld. LLVM is linked as the shared library that
# Debian packages, lld's WebAssembly driver statically.
find_package(LLVM 19.1 REQUIRED CONFIG PATHS /usr/lib/llvm-19/lib/cmake/llvm)
find_library(LLD_WASM lldWasm REQUIRED PATHS ${LLVM_LIBRARY_DIRS})
find_library(LLD_COMMON lldCommon REQUIRED PATHS ${LLVM_LIBRARY_DIRS})

webllm_library(webllm_wasm FOLDERS codegen/wasm LINK webllm_ir)
target_include_directories(webllm_wasm SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
target_link_libraries(webllm_wasm PRIVATE ${LLD_WASM} ${LLD_COMMON} LLVM)
