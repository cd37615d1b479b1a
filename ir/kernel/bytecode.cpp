// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/bytecode.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include "ir/kernel/operands.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

// Where each value is used for the last time: the place in the block that defines it, of the
// instruction that uses it or contains the use. Its columns are free from there on.
class Lifetimes {
 public:
  explicit Lifetimes(const Kernel& kernel) : depth_(kernel.values.size(), 0) {
    last_.resize(kernel.values.size());
    walk(kernel.body);
    for (std::uint32_t id = 0; id < last_.size(); ++id) ending_[last_[id]].push_back({id});
  }

  const std::vector<Value>& ending(const Block& block, std::size_t index) const {
    static const std::vector<Value> none;
    const auto found = ending_.find({&block, index});
    return found == ending_.end() ? none : found->second;
  }

 private:
  using Place = std::pair<const Block*, std::size_t>;

  void walk(const Block& block) {
    stack_.emplace_back(&block, 0);
    for (const Instruction& instruction : block) {
      for_each_operand(instruction.op, [&](Value v) { last_[v.id] = stack_[depth_[v.id]]; });
      if (const auto* loop = std::get_if<For>(&instruction.op)) {
        walk(loop->body);
      } else if (const auto* branch = std::get_if<If>(&instruction.op)) {
        walk(branch->then);
        walk(branch->otherwise);
      }
      if (instruction.result) {
        depth_[instruction.result.id] = stack_.size() - 1;
        last_[instruction.result.id] = stack_.back();
      }
      ++stack_.back().second;
    }
    stack_.pop_back();
  }

  std::vector<Place> stack_;        // the blocks around the present instruction
  std::vector<std::size_t> depth_;  // of the defining block, by value
  std::vector<Place> last_;         // by value; a loop's induction is freed by hand
  std::map<Place, std::vector<Value>> ending_;
};

class Compiler {
 public:
  explicit Compiler(const Kernel& kernel)
      : kernel_(kernel), lifetimes_(kernel), place_(kernel.values.size()) {
    out_.kernel = &kernel;
    out_.lanes = kernel.workgroup_size[0] * kernel.workgroup_size[1] * kernel.workgroup_size[2];
    out_.builtin.fill(kNoColumn);
    out_.columns = 1;
    out_.constants.push_back({kEveryLane, 0xffffffff});
  }

  Bytecode compile() && {
    for (const Variable& variable : kernel_.variables) {
      out_.variables.push_back(take(variable.type.width));
      out_.variables_set.push_back(take(1));
    }
    block(kernel_.body, kEveryLane);
    return std::move(out_);
  }

 private:
  std::uint32_t take(std::uint32_t width) {
    std::vector<std::uint32_t>& free = free_[width];
    if (!free.empty()) {
      const std::uint32_t column = free.back();
      free.pop_back();
      return column;
    }
    return std::exchange(out_.columns, out_.columns + width);
  }

  void block(const Block& block, std::uint32_t mask) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      instruction(block[i], mask);
      for (const Value value : lifetimes_.ending(block, i)) release(value);
    }
  }

  void release(Value value) {
    if (owned_.erase(value.id) > 0)
      free_[kernel_.values[value.id].width].push_back(place_[value.id].first);
  }

  Columns result(Value value) {
    const std::uint32_t width = kernel_.values[value.id].width;
    place_[value.id] = {take(width), width > 1 ? 1U : 0U};
    owned_.insert(value.id);
    return place_[value.id];
  }

  Code& emit(Action run, const Instruction& source) {
    out_.codes.push_back({.run = run, .source = &source});
    return out_.codes.back();
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.codes.size()); }

  void instruction(const Instruction& source, std::uint32_t mask) {
    match(
        source.op, [&](const Constant& c) { place_[source.result.id] = constant(c); },
        [&](const Builtin& b) { place_[source.result.id] = builtin(b.kind); },
        [&](const Load& l) {
          Code code{.run = load_action(kernel_.memories[l.memory.id].element), .source = &source};
          code.index = l.memory.id;
          code.a = place_[l.index.id];
          finish(code);
        },
        [&](const Store& s) {
          Code& code = emit(store_action(kernel_.memories[s.memory.id].element), source);
          code.index = s.memory.id;
          code.a = place_[s.index.id];
          code.b = place_[s.value.id];
        },
        [&](const Get& g) {
          Code code{.run = run_get, .source = &source};
          code.index = g.variable.id;
          code.width = kernel_.variables[g.variable.id].type.width;
          finish(code);
        },
        [&](const Set& s) {
          Code& code = emit(run_set, source);
          code.index = s.variable.id;
          code.width = kernel_.variables[s.variable.id].type.width;
          code.a = place_[s.value.id];
        },
        [&](const Barrier&) { emit(run_barrier, source); },
        [&](const For& f) { loop(f, source, mask); }, [&](const If& i) { branch(i, source, mask); },
        [&](const auto&) { arithmetic(source); });
  }

  // Gives the code its result and appends it.
  void finish(Code code) {
    const Value value = code.source->result;
    code.result = result(value).first;
    out_.codes.push_back(code);
  }

  void arithmetic(const Instruction& source) {
    if (const auto* vector = std::get_if<MakeVector>(&source.op))
      return make_vector(*vector, source);
    Code code{.run = arithmetic_action(kernel_, source.op), .source = &source};
    if (const auto* unary = std::get_if<Unary>(&source.op))
      code.kind = static_cast<std::uint8_t>(unary->kind);
    if (const auto* binary = std::get_if<Binary>(&source.op))
      code.kind = static_cast<std::uint8_t>(binary->kind);
    Columns* const operands[] = {&code.a, &code.b, &code.c};
    std::size_t count = 0;
    for_each_operand(source.op, [&](Value value) {
      *operands[count++] = place_[value.id];
      code.width = std::max(code.width, kernel_.values[value.id].width);
    });
    finish(code);
  }

  // One code per lane: each copies a scalar, as a bitcast does.
  void make_vector(const MakeVector& vector, const Instruction& source) {
    const std::uint32_t first = result(source.result).first;
    const Action copy = arithmetic_action(kernel_, Bitcast{});
    for (std::uint32_t lane = 0; lane < vector.lanes.size(); ++lane) {
      Code& code = emit(copy, source);
      code.result = first + lane;
      code.a = place_[vector.lanes[lane].id];
    }
  }

  // A column per distinct pattern of bits, filled before the kernel runs; vectors repeat it.
  Columns constant(const Constant& c) {
    std::uint32_t bits = 0;
    switch (c.type.scalar) {
      case Scalar::boolean:
        bits = c.value != 0 ? 0xffffffff : 0;
        break;
      case Scalar::i32:
        bits = static_cast<std::uint32_t>(static_cast<std::int32_t>(c.value));
        break;
      case Scalar::u32:
        bits = static_cast<std::uint32_t>(c.value);
        break;
      case Scalar::f32:
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(c.value));
        break;
      case Scalar::f16:
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<_Float16>(c.value)));
        break;
    }
    const auto [known, fresh] = constants_.emplace(bits, out_.columns);
    if (fresh) out_.constants.push_back({out_.columns++, bits});
    return {known->second, 0};
  }

  Columns builtin(BuiltinKind kind) {
    std::uint32_t& column = out_.builtin[static_cast<std::size_t>(kind)];
    if (column == kNoColumn) column = out_.columns++;
    return {column, 0};
  }

  void loop(const For& f, const Instruction& source, std::uint32_t mask) {
    const std::uint32_t inner = take(1), induction = take(1);
    place_[f.induction.id] = {induction, 0};
    const auto fill = [&](Code& code) {
      code.result = inner;
      code.outer = mask;
      code.index = induction;
      code.a = place_[f.begin.id], code.b = place_[f.end.id], code.c = place_[f.step.id];
    };
    const std::uint32_t start = here();
    fill(emit(run_loop, source));
    block(f.body, inner);
    Code& next = emit(run_next_iteration, source);
    fill(next);
    next.target = start + 1;
    out_.codes[start].target = here();
    free_[1].push_back(inner);
    free_[1].push_back(induction);
  }

  void branch(const If& branch, const Instruction& source, std::uint32_t mask) {
    const std::uint32_t inner = take(1);
    const auto fill = [&](Code& code) {
      code.result = inner;
      code.outer = mask;
      code.a = place_[branch.condition.id];
    };
    const std::uint32_t start = here();
    fill(emit(run_if, source));
    block(branch.then, inner);
    out_.codes[start].target = here();
    if (!branch.otherwise.empty()) {
      const std::uint32_t middle = here();
      fill(emit(run_else, source));
      block(branch.otherwise, inner);
      out_.codes[middle].target = here();
    }
    fill(emit(run_end_if, source));
    free_[1].push_back(inner);
  }

  const Kernel& kernel_;
  Lifetimes lifetimes_;
  std::vector<Columns> place_;                        // by value
  std::set<std::uint32_t> owned_;                     // values that hold columns to give back
  std::map<std::uint32_t, std::uint32_t> constants_;  // bits -> column
  std::map<std::uint32_t, std::vector<std::uint32_t>> free_;  // by width
  Bytecode out_;
};

}  // namespace

Bytecode compile(const Kernel& kernel) { return Compiler(kernel).compile(); }

}  // namespace ir::kernel
