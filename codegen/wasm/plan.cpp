// SPDX-License-Identifier: Apache-2.0
#include "codegen/wasm/plan.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "codegen/wasm/link.h"
#include "codegen/wasm/object.h"
#include "codegen/wasm/plan_module.h"
#include "runtime/formats/step_list.h"

namespace codegen::wasm {
namespace {

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_leb128(std::vector<std::byte>& out, std::size_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    out.push_back(std::byte{static_cast<std::uint8_t>(low | (value > 0 ? 0x80 : 0))});
  } while (value > 0);
}

}  // namespace

void append_custom_section(std::vector<std::byte>& module, const CustomSection& section) {
  std::vector<std::byte> body;
  append_leb128(body, section.name.size());
  append(body, std::as_bytes(std::span(section.name)));
  append(body, section.bytes);

  module.push_back(std::byte{0});  // the id of custom sections
  append_leb128(module, body.size());
  append(module, body);
}

ir::Result<std::vector<std::byte>> compile_plan(const ir::kernel::Program& program,
                                                std::span<const CustomSection> sections) {
  llvm::LLVMContext context;
  const auto module = build_plan_module(context, program);
  const std::vector<std::byte> object = compile_object(*module);

  std::vector<std::string> exports{std::string(runtime::formats::kStepsExport)};
  for (const auto& function : program.functions) exports.push_back(plan_name(function));
  TRY(std::vector<std::byte> linked, link_module(object, exports));
  for (const CustomSection& section : sections) append_custom_section(linked, section);
  return linked;
}

}  // namespace codegen::wasm
