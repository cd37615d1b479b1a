// SPDX-License-Identifier: Apache-2.0
#include "compiler/kernel_texts.h"

#include "codegen/wgsl/wgsl.h"
#include "compiler/output.h"
#include "frontends/file.h"

namespace compiler {
namespace {

constexpr std::uint64_t kLongestText = std::uint64_t{1} << 28;  // bytes

// Whether the first word, comments aside, is `program`.
bool holds_program(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with("//")) return text.starts_with("program");
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

ir::Result<std::vector<ir::kernel::Kernel>> parse_kernels(std::string_view text,
                                                          const std::string& file) {
  std::vector<ir::kernel::Kernel> kernels;
  if (holds_program(text)) {
    TRY(ir::kernel::Program program, ir::kernel::parse_program(text, file));
    kernels = std::move(program.kernels);
    for (ir::kernel::Variant& variant : program.variants)
      kernels.push_back(std::move(variant.kernel));
  } else {
    TRY(ir::kernel::Kernel kernel, ir::kernel::parse_kernel(text, file));
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace

std::vector<std::string> kernel_texts(const ir::kernel::Program& program) {
  std::vector<std::string> texts;
  for (const ir::kernel::Kernel& kernel : program.kernels)
    texts.push_back(codegen::wgsl::write_wgsl(kernel));
  for (const ir::kernel::Variant& variant : program.variants)
    texts.push_back(codegen::wgsl::write_wgsl(variant.kernel));
  return texts;
}

ir::Result<void> print_wgsl(const Options& options) {
  TRY(const std::string text, frontends::read_text(options.input, kLongestText));
  TRY(const auto kernels, parse_kernels(text, options.input.string()));
  for (const ir::kernel::Kernel& kernel : kernels) {
    auto laws = verify(kernel, ir::kernel::Stage::legal);
    if (!laws) {
      ir::Diagnostic broken = std::move(laws).error();
      broken.where.path = options.input.string();
      return broken;
    }
    say(stdout, "// {}\n{}\n", kernel.name, codegen::wgsl::write_wgsl(kernel));
  }
  return {};
}

}  // namespace compiler
