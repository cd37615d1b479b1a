// SPDX-License-Identifier: Apache-2.0
// The plan functions of a program as LLVM IR.
//
//   @steps = global [n x i32] zeroinitializer          n: as many records as the longest plan
//   define i32 @plan_forward(i32 %rows, i32 %pages)    stores records, returns how many
#pragma once

#include <memory>
#include <string>

#include "ir/kernel/program.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace codegen::wasm {

// "plan_forward" for `forward`.
std::string plan_name(const ir::kernel::ScheduledFunction& function);

// A function that names a plan variable it does not have as parameter is a broken law.
std::unique_ptr<llvm::Module> build_plan_module(llvm::LLVMContext& context,
                                                const ir::kernel::Program& program);

}  // namespace codegen::wasm
