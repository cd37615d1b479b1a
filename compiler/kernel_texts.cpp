// SPDX-License-Identifier: Apache-2.0
#include "compiler/kernel_texts.h"

#include "codegen/wgsl/wgsl.h"

namespace compiler {

std::vector<std::string> kernel_texts(const ir::kernel::Program& program) {
  std::vector<std::string> texts;
  for (const ir::kernel::Kernel& kernel : program.kernels)
    texts.push_back(codegen::wgsl::write_wgsl(kernel));
  return texts;
}

}  // namespace compiler
