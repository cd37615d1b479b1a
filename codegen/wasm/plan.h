// SPDX-License-Identifier: Apache-2.0
// compile_plan: the host schedule of a program as a WebAssembly module, model.wasm.
//
//   func forward(rows, pages) {                       i32 plan_forward(i32 rows, i32 pages) {
//     dispatch norm(x0, w, x1) grid=(rows, 1, 1)  ->    *record++ = {0, norm, group, 0,
//                                                                    rows, 1, 1, 0};
//   }                                                   return record count;  }
//
// Each function is straight-line arithmetic on its sizes and stores into one static list of records
// (runtime/formats/step_list.h); -O2 shares what the layers have in common. The module imports
// nothing, so any engine can run it: a browser, Node, a test.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ir/kernel/program.h"
#include "ir/support/result.h"

namespace codegen::wasm {

// Data that travels inside the module: the program section with the kernels.
struct CustomSection {
  std::string name;
  std::vector<std::byte> bytes;
};

// The same program gives the same bytes. Not from two threads at once: the linker has global state.
// Errors: file_unwritable (the linker works in a folder of its own under TMPDIR).
ir::Result<std::vector<std::byte>> compile_plan(const ir::kernel::Program& program,
                                                std::span<const CustomSection> sections = {});

// Appends a custom section to a module; a module may hold several.
void append_custom_section(std::vector<std::byte>& module, const CustomSection& section);

}  // namespace codegen::wasm
