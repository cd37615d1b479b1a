// SPDX-License-Identifier: Apache-2.0
#include "codegen/wasm/plan_module.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <map>

#include "ir/kernel/bind_groups.h"
#include "ir/support/check.h"
#include "ir/support/match.h"
#include "runtime/formats/step_list.h"

namespace codegen::wasm {
namespace {

using ir::kernel::BufferRole;
using ir::kernel::Copy;
using ir::kernel::Dispatch;
using ir::kernel::Program;
using ir::kernel::ScheduledFunction;
using ir::kernel::SizeExpr;
using ir::kernel::Step;
using runtime::formats::kStepRecordWords;
using runtime::formats::StepRecordKind;

// Emits one plan function. Sizes are i64, as SizeExpr's u64; words of a record are i32.
class PlanFunction {
 public:
  PlanFunction(llvm::Module& module, llvm::GlobalVariable& steps, const Program& program,
               const ir::kernel::BindGroups& groups, const ScheduledFunction& function)
      : build_(module.getContext()), steps_(steps), program_(program), groups_(groups) {
    const std::vector<llvm::Type*> parameters(function.parameters.size(), build_.getInt32Ty());
    llvm_function_ =
        llvm::Function::Create(llvm::FunctionType::get(build_.getInt32Ty(), parameters, false),
                               llvm::Function::ExternalLinkage, plan_name(function), module);
    llvm_function_->setDoesNotThrow();
    build_.SetInsertPoint(block("entry"));
    for (std::size_t i = 0; i < parameters.size(); ++i)
      symbols_[function.parameters[i]] =
          build_.CreateZExt(llvm_function_->getArg(static_cast<unsigned>(i)), build_.getInt64Ty());
    count_ = build_.CreateAlloca(build_.getInt32Ty());  // a register after -O2
    build_.CreateStore(build_.getInt32(0), count_);

    for (std::uint32_t i = 0; i < function.steps.size(); ++i) emit(function.steps[i], i);
    build_.CreateRet(build_.CreateLoad(build_.getInt32Ty(), count_));
  }

 private:
  using Words = std::array<llvm::Value*, kStepRecordWords>;

  llvm::BasicBlock* block(const char* name) {
    return llvm::BasicBlock::Create(build_.getContext(), name, llvm_function_);
  }

  llvm::Value* emit(const SizeExpr& expr) {
    using Kind = SizeExpr::Kind;
    if (expr.kind == Kind::constant) return build_.getInt64(expr.value);
    if (expr.kind == Kind::symbol) {
      const auto found = symbols_.find(expr.symbol);
      CHECK(found != symbols_.end(), "plan variable '{}' is no parameter of {}", expr.symbol,
            llvm_function_->getName().str());
      return found->second;
    }
    llvm::Value* a = emit(expr.operands[0]);
    llvm::Value* b = emit(expr.operands[1]);
    switch (expr.kind) {
      case Kind::add:
        return build_.CreateAdd(a, b);
      case Kind::mul:
        return build_.CreateMul(a, b);
      case Kind::ceil_div:
        return build_.CreateUDiv(build_.CreateSub(build_.CreateAdd(a, b), build_.getInt64(1)), b);
      case Kind::min:
        return build_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, a, b);
      case Kind::max:
        return build_.CreateBinaryIntrinsic(llvm::Intrinsic::umax, a, b);
      case Kind::equal:
        return build_.CreateZExt(build_.CreateICmpEQ(a, b), build_.getInt64Ty());
      case Kind::greater:
        return build_.CreateZExt(build_.CreateICmpUGT(a, b), build_.getInt64Ty());
      default:
        CHECK(false, "not an operation");
        return nullptr;
    }
  }

  llvm::Value* word(std::uint32_t value) { return build_.getInt32(value); }
  llvm::Value* word(llvm::Value* size) { return build_.CreateTrunc(size, build_.getInt32Ty()); }
  llvm::Value* word(StepRecordKind kind) { return word(static_cast<std::uint32_t>(kind)); }

  // Whether none of the sizes is zero: an i1.
  llvm::Value* all_present(std::initializer_list<llvm::Value*> sizes) {
    llvm::Value* present = build_.getTrue();
    for (llvm::Value* size : sizes)
      present = build_.CreateAnd(present, build_.CreateICmpNE(size, build_.getInt64(0)));
    return present;
  }

  void emit(const Step& step, std::uint32_t index) {
    llvm::Value* when = emit(step.when);
    ir::match(
        step.action,
        [&](const Dispatch& dispatch) {
          llvm::Value* x = emit(dispatch.grid[0]);
          llvm::Value* y = emit(dispatch.grid[1]);
          llvm::Value* z = emit(dispatch.grid[2]);
          record(all_present({when, x, y, z}),
                 {word(StepRecordKind::dispatch), word(dispatch.kernel),
                  word(groups_.index_of(dispatch)), word(uses_step(dispatch) ? 1U : 0U), word(x),
                  word(y), word(z), word(index)});
        },
        [&](const Copy& copy) {
          llvm::Value* bytes = emit(copy.bytes);
          record(all_present({when, bytes}),
                 {word(StepRecordKind::copy), word(copy.from), word(copy.to), word(0U), word(bytes),
                  word(0U), word(0U), word(index)});
        });
  }

  bool uses_step(const Dispatch& dispatch) const {
    return std::any_of(dispatch.buffers.begin(), dispatch.buffers.end(), [&](std::uint32_t buffer) {
      return program_.buffers[buffer].role == BufferRole::step;
    });
  }

  // Appends a record where `present` holds.
  void record(llvm::Value* present, const Words& words) {
    llvm::BasicBlock* then = block("record");
    llvm::BasicBlock* next = block("next");
    build_.CreateCondBr(present, then, next);
    build_.SetInsertPoint(then);
    llvm::Value* count = build_.CreateLoad(build_.getInt32Ty(), count_);
    llvm::Value* first = build_.CreateMul(count, word(kStepRecordWords));
    for (std::uint32_t i = 0; i < kStepRecordWords; ++i) {
      llvm::Value* index = build_.CreateAdd(first, word(i));
      build_.CreateStore(words[i], build_.CreateInBoundsGEP(build_.getInt32Ty(), &steps_, {index}));
    }
    build_.CreateStore(build_.CreateAdd(count, word(1U)), count_);
    build_.CreateBr(next);
    build_.SetInsertPoint(next);
  }

  llvm::IRBuilder<> build_;
  llvm::GlobalVariable& steps_;
  const Program& program_;
  const ir::kernel::BindGroups& groups_;
  llvm::Function* llvm_function_ = nullptr;
  std::map<std::string, llvm::Value*, std::less<>> symbols_;
  llvm::Value* count_ = nullptr;
};

llvm::GlobalVariable& add_steps(llvm::Module& module, const Program& program) {
  std::size_t records = 1;
  for (const ScheduledFunction& function : program.functions)
    records = std::max(records, function.steps.size());
  auto* type =
      llvm::ArrayType::get(llvm::Type::getInt32Ty(module.getContext()), records * kStepRecordWords);
  auto* steps = new llvm::GlobalVariable(  // owned by the module
      module, type, false, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantAggregateZero::get(type), llvm::StringRef(runtime::formats::kStepsExport));
  steps->setAlignment(llvm::Align(16));
  return *steps;
}

}  // namespace

std::string plan_name(const ScheduledFunction& function) {
  return std::string(runtime::formats::kPlanExportPrefix) + function.name;
}

std::unique_ptr<llvm::Module> build_plan_module(llvm::LLVMContext& context,
                                                const Program& program) {
  auto module = std::make_unique<llvm::Module>("plan", context);
  llvm::GlobalVariable& steps = add_steps(*module, program);
  const ir::kernel::BindGroups groups(program);
  for (const ScheduledFunction& function : program.functions)
    PlanFunction(*module, steps, program, groups, function);
  return module;
}

}  // namespace codegen::wasm
