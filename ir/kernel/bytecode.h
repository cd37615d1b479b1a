// SPDX-License-Identifier: Apache-2.0
// Bytecode: a kernel as a flat list of codes over columns of registers; the inside of the
// interpreter.
//
//   %5 = mul %3, %4     ->   {binary<F32>, kind mul, result column 7, a column 5, b column 6}
//
// A column holds one 32-bit word per lane (invocation of the workgroup); a vector of 4 has four
// columns in a row. f16 values are held as f32 that f16 can express; bools as 0 or ~0. What has no
// effect is computed for every lane, whether it takes part or not: that keeps the loops simple
// enough for the compiler to vectorise. What has one, or can fault, looks at the mask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ir/kernel/fault.h"
#include "ir/kernel/kernel.h"
#include "ir/kernel/race_shadow.h"

namespace ir::kernel {

struct Frame;
struct Code;
using Action = void (*)(Frame& frame, const Code& code);

// A first column, and how far it is to the next lane's: 0 repeats a scalar (or a constant).
struct Columns {
  std::uint32_t first = 0;
  std::uint32_t step = 0;

  std::uint32_t operator[](std::uint32_t component) const { return first + component * step; }
};

struct Code {
  Action run = nullptr;
  const Instruction* source = nullptr;  // what it carries out, for faults
  std::uint8_t kind = 0;                // UnaryKind, BinaryKind
  std::uint8_t width = 1;               // components of the widest operand
  std::uint32_t result = 0;             // column
  Columns a, b, c;
  std::uint32_t index = 0;   // of a memory or variable
  std::uint32_t outer = 0;   // column: the mask around an if or loop
  std::uint32_t target = 0;  // code to go on with
};

struct Preset {
  std::uint32_t column = 0;
  std::uint32_t bits = 0;
};

inline constexpr std::uint32_t kNoColumn = 0xffffffff;
inline constexpr std::uint32_t kEveryLane = 0;  // the column whose mask is all lanes

struct Bytecode {
  const Kernel* kernel = nullptr;
  std::uint32_t lanes = 1;
  std::uint32_t columns = 0;
  std::vector<Code> codes;
  std::vector<Preset> constants;         // columns filled once
  std::array<std::uint32_t, 9> builtin;  // columns by BuiltinKind, or kNoColumn
  // By variable: its first column, and the column that says which lanes have set it.
  std::vector<std::uint32_t> variables, variables_set;
};

// The kernel must be verified and outlive the bytecode.
Bytecode compile(const Kernel& kernel);

// A memory as a running kernel sees it.
struct Binding {
  std::byte* data = nullptr;
  std::uint64_t count = 0;          // elements
  std::uint32_t element_bytes = 4;  // 2 ... 16
  std::uint8_t* written = nullptr;  // bits; nullptr: all is written
  RaceShadow* races = nullptr;      // nullptr: no race is possible, or nobody looks
  std::uint32_t unit_bytes = 4;     // what one entry of `races` stands for
  bool shared = false;              // workgroup memory
};

// The state of a workgroup in execution.
struct Frame {
  const Bytecode* bytecode = nullptr;
  std::uint32_t lanes = 1;
  std::unique_ptr<std::byte[]> registers;
  std::vector<Binding> memories;  // by MemoryId
  std::uint32_t subgroup_size = 1;
  std::vector<std::uint32_t> subgroups;  // the lanes, one subgroup's after another's
  const std::uint32_t* mask = nullptr;
  std::uint32_t active = 0;  // lanes in the mask
  std::uint32_t next = 0;    // code
  bool sanitize = true;
  std::uint64_t fuel = 0;
  RaceClock storage_clock, shared_clock;
  std::array<std::uint32_t, 3> workgroup{};
  std::optional<Fault> fault;

  template <class T>
  T* column(std::uint32_t index) {
    return reinterpret_cast<T*>(registers.get() + std::size_t{4} * index * lanes);
  }
  bool everyone() const { return active == lanes; }
  // Of those that take part; there must be one.
  std::uint32_t first_lane() const {
    std::uint32_t lane = 0;
    while (mask[lane] == 0) ++lane;
    return lane;
  }
  void enter(std::uint32_t mask_column, std::uint32_t lanes_in_it) {
    mask = column<std::uint32_t>(mask_column);
    active = lanes_in_it;
  }
  // What a barrier does: accesses to workgroup memory before it and after it do not race.
  void order_shared_memory();
  // Records the first fault, which ends the run.
  void fail(const Code& code, FaultKind kind, std::uint32_t lane, std::uint64_t index = 0,
            std::uint64_t extent = 0);
};

// What carries out an op that only computes: Unary ... Subgroup, by the type of its first operand.
Action arithmetic_action(const Kernel& kernel, const Op& op);
// By element type.
Action load_action(Type element);
Action store_action(Type element);

// By the type of its operand.
Action subgroup_action(SubgroupKind kind, Scalar scalar);

void run_get(Frame& frame, const Code& code);
void run_set(Frame& frame, const Code& code);
void run_barrier(Frame& frame, const Code& code);
void run_if(Frame& frame, const Code& code);
void run_else(Frame& frame, const Code& code);
void run_end_if(Frame& frame, const Code& code);
void run_loop(Frame& frame, const Code& code);
void run_next_iteration(Frame& frame, const Code& code);

}  // namespace ir::kernel
