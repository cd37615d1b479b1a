// SPDX-License-Identifier: Apache-2.0
#include "codegen/wasm/object.h"

#include <llvm-c/Target.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>

#include <memory>
#include <span>
#include <string>

#include "ir/support/check.h"

namespace codegen::wasm {
namespace {

constexpr const char* kTriple = "wasm32-unknown-unknown";
// LLVM's "generic": WebAssembly 1.0 with sign extension and mutable globals, in every browser since
// long before WebGPU.
constexpr const char* kCpu = "generic";

std::unique_ptr<llvm::TargetMachine> make_target_machine() {
  LLVMInitializeWebAssemblyTargetInfo();
  LLVMInitializeWebAssemblyTarget();
  LLVMInitializeWebAssemblyTargetMC();
  LLVMInitializeWebAssemblyAsmPrinter();
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(kTriple, error);
  CHECK(target != nullptr, "LLVM has no WebAssembly target: {}", error);
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(kTriple, kCpu, "", llvm::TargetOptions{}, std::nullopt,
                                  std::nullopt, llvm::CodeGenOptLevel::Default));
}

void optimize(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(components);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, components, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O1).run(module, modules);
}

}  // namespace

std::vector<std::byte> compile_object(llvm::Module& module) {
  const auto machine = make_target_machine();
  module.setTargetTriple(kTriple);
  module.setDataLayout(machine->createDataLayout());
  std::string fault;
  llvm::raw_string_ostream fault_stream(fault);
  CHECK(!llvm::verifyModule(module, &fault_stream), "{}", fault);
  optimize(module, *machine);

  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager emit;
  const bool unsupported =
      machine->addPassesToEmitFile(emit, stream, nullptr, llvm::CodeGenFileType::ObjectFile);
  CHECK(!unsupported, "the WebAssembly target writes no object files");
  emit.run(module);
  const auto bytes = std::as_bytes(std::span(object.data(), object.size()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace codegen::wasm
