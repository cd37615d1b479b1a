// SPDX-License-Identifier: Apache-2.0
#include "codegen/wgsl/wgsl.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "codegen/wgsl/expression.h"
#include "ir/kernel/operands.h"
#include "ir/kernel/required_target.h"
#include "ir/support/match.h"

namespace codegen::wgsl {
namespace {

using namespace ir::kernel;  // NOLINT: this file speaks of nothing else

constexpr int kMaxDepth = 24;  // of nested expressions; compilers limit it, readers too

// How often each value is used.
void count_uses(const Block& block, std::vector<std::uint32_t>& counts) {
  for (const Instruction& instruction : block) {
    for_each_operand(instruction.op, [&](Value value) { ++counts[value.id]; });
    if (const auto* loop = std::get_if<For>(&instruction.op)) count_uses(loop->body, counts);
    if (const auto* branch = std::get_if<If>(&instruction.op)) {
      count_uses(branch->then, counts);
      count_uses(branch->otherwise, counts);
    }
  }
}

// A value as text. Pending: not written yet, because its only user may take the text itself.
struct Expression {
  std::string text;
  bool pending = false;
  bool constant = false;         // a literal
  bool loads = false;            // must not move past a store or a barrier
  std::set<std::uint32_t> gets;  // must not move past a set of these variables
  int depth = 0;
};

class Writer {
 public:
  explicit Writer(const Kernel& kernel)
      : kernel_(kernel), uses_(kernel.values.size()), values_(kernel.values.size()) {
    count_uses(kernel.body, uses_);
  }

  std::string write() && {
    block(kernel_.body, "  ");
    const ir::Target needed = required_target(kernel_);
    std::string text = needed.f16 ? "enable f16;\n" : "";
    if (needed.subgroups) text += "enable subgroups;\n";
    for (std::size_t i = 0; i < kernel_.memories.size(); ++i) text += declaration(i);
    text += fmt::format("@compute @workgroup_size({}, {}, {})\nfn main({}) {{\n",
                        kernel_.workgroup_size[0], kernel_.workgroup_size[1],
                        kernel_.workgroup_size[2], parameters());
    for (std::size_t i = 0; i < kernel_.variables.size(); ++i)
      text += fmt::format("  var a{}: {};\n", i, type_name(kernel_.variables[i].type));
    return text + body_ + "}\n";
  }

 private:
  std::string name(MemoryId id) const {
    const bool shared = kernel_.memories[id.id].space == Space::workgroup;
    return fmt::format("{}{}", shared ? 's' : 'b', id.id);
  }

  std::string declaration(std::size_t i) const {
    const Memory& memory = kernel_.memories[i];
    const MemoryId id{static_cast<std::uint32_t>(i)};
    const std::string element = type_name(memory.element);
    if (memory.space == Space::workgroup)
      return fmt::format("var<workgroup> {}: array<{}, {}>;\n", name(id), element, memory.count);
    return fmt::format("@group(0) @binding({}) var<storage, {}> {}: array<{}>;\n", i,
                       memory.space == Space::read ? "read" : "read_write", name(id), element);
  }

  std::string builtin(BuiltinKind kind) {
    if (kind == BuiltinKind::local_index) return local_index_ = true, "lix";
    if (kind == BuiltinKind::subgroup_lane) return subgroup_lane_ = true, "sgl";
    if (kind == BuiltinKind::subgroup_size) return subgroup_size_ = true, "sgs";
    const bool local = kind >= BuiltinKind::local_x;
    (local ? local_id_ : workgroup_id_) = true;
    const auto axis = static_cast<std::size_t>(kind) % 3;
    return fmt::format("{}.{}", local ? "lid" : "wid", "xyz"[axis]);
  }

  std::string parameters() const {
    std::string text;
    const auto add = [&](bool used, std::string_view parameter) {
      if (!used) return;
      if (!text.empty()) text += ", ";
      text += parameter;
    };
    add(workgroup_id_, "@builtin(workgroup_id) wid: vec3<u32>");
    add(local_id_, "@builtin(local_invocation_id) lid: vec3<u32>");
    add(local_index_, "@builtin(local_invocation_index) lix: u32");
    add(subgroup_lane_, "@builtin(subgroup_invocation_id) sgl: u32");
    add(subgroup_size_, "@builtin(subgroup_size) sgs: u32");
    return text;
  }

  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    body_ += indent_;
    fmt::format_to(std::back_inserter(body_), format, std::forward<Arguments>(arguments)...);
    body_ += '\n';
  }

  void block(const Block& block, std::string_view indent) {
    const std::string outer = std::exchange(indent_, std::string(indent));
    for (const Instruction& instruction : block) {
      if (!instruction.result)
        action(instruction.op);
      else if (uses_[instruction.result.id] > 0)
        value(instruction);
    }
    indent_ = outer;
  }

  // A value: constants and builtins are written wherever they are used, others where their only
  // user is, or else in a `let` of their own.
  void value(const Instruction& instruction) {
    Expression& result = values_[instruction.result.id];
    if (const auto* constant = std::get_if<Constant>(&instruction.op)) {
      result = {.text = literal(*constant), .constant = true};
      return;
    }
    if (const auto* id = std::get_if<Builtin>(&instruction.op)) {
      result = {.text = builtin(id->kind)};
      return;
    }
    result = expression(instruction);
    result.pending = true;
    pending_.push_back(instruction.result);
    const bool stays = std::holds_alternative<Subgroup>(instruction.op);  // in uniform control flow
    if (stays || uses_[instruction.result.id] > 1 || result.depth >= kMaxDepth)
      settle(instruction.result);
  }

  Expression expression(const Instruction& instruction) {
    Expression result;
    std::vector<Operand> operands;
    bool known = true;
    for_each_operand(instruction.op, [&](Value value) {
      const Expression operand = take(value);
      operands.push_back({operand.text, kernel_.values[value.id]});
      known = known && operand.constant;
      result.loads |= operand.loads;
      result.gets.insert(operand.gets.begin(), operand.gets.end());
      result.depth = std::max(result.depth, operand.depth + 1);
    });
    if (const auto* load = std::get_if<Load>(&instruction.op)) {
      result.text = fmt::format("{}[{}]", name(load->memory), bare(operands[0].text));
      result.loads = true;
    } else if (const auto* get = std::get_if<Get>(&instruction.op)) {
      result.text = fmt::format("a{}", get->variable.id);
      result.gets.insert(get->variable.id);
    } else {
      // WGSL computes what is made of literals alone before the shader runs, and refuses overflow
      // there; a `let` hides that the first one is known.
      if (known) operands[0].text = written_down(operands[0].text);
      result.text = apply(instruction.op, operands, kernel_.values[instruction.result.id]);
    }
    return result;
  }

  // The text of an operand, for its user.
  Expression take(Value value) {
    Expression& expression = values_[value.id];
    if (expression.pending) {
      expression.pending = false;
      std::erase(pending_, value);
    }
    return expression;
  }
  std::string text(Value value) { return std::string(bare(take(value).text)); }

  // The name of a new `let`.
  std::string written_down(std::string_view text) {
    const std::string fresh = fmt::format("v{}", lets_++);
    line("let {} = {};", fresh, bare(text));
    return fresh;
  }
  void settle(Value value) { values_[value.id] = {.text = written_down(take(value).text)}; }
  template <class Condition>
  void settle_if(Condition condition) {
    const std::vector<Value> pending = pending_;
    for (const Value value : pending)
      if (condition(values_[value.id])) settle(value);
  }
  void settle_loads() {
    settle_if([](const Expression& e) { return e.loads; });
  }
  void settle_all() {
    settle_if([](const Expression&) { return true; });
  }

  void action(const Op& op) {
    ir::match(
        op,
        [&](const Store& s) {
          const std::string index = text(s.index), value = text(s.value);
          settle_loads();
          line("{}[{}] = {};", name(s.memory), index, value);
        },
        [&](const Set& s) {
          const std::string value = text(s.value);
          settle_if([&](const Expression& e) { return e.gets.contains(s.variable.id); });
          line("a{} = {};", s.variable.id, value);
        },
        [&](const Barrier&) {
          settle_loads();
          line("workgroupBarrier();");
        },
        [&](const For& f) { loop(f); }, [&](const If& i) { branch(i); }, [](const auto&) {});
  }

  // The bound and the step are looked at in every iteration, so they are written down before.
  void loop(const For& f) {
    const std::string begin = text(f.begin);
    settle_all();
    const std::string end = text(f.end), step = text(f.step);
    const std::string induction = fmt::format("i{}", loops_++);
    values_[f.induction.id] = {.text = induction};
    line("for (var {0} = {1}; {0} < {2}; {0} += {3}) {{", induction, begin, end, step);
    block(f.body, indent_ + "  ");
    line("}}");
  }

  void branch(const If& i) {
    const std::string condition = text(i.condition);
    settle_all();
    line("if ({}) {{", condition);
    block(i.then, indent_ + "  ");
    if (!i.otherwise.empty()) {
      line("}} else {{");
      block(i.otherwise, indent_ + "  ");
    }
    line("}}");
  }

  const Kernel& kernel_;
  std::vector<std::uint32_t> uses_;  // by value
  std::vector<Expression> values_;
  std::vector<Value> pending_;  // in order of definition
  std::string body_, indent_;
  std::uint32_t lets_ = 0, loops_ = 0;
  bool workgroup_id_ = false, local_id_ = false, local_index_ = false;
  bool subgroup_lane_ = false, subgroup_size_ = false;
};

}  // namespace

std::string write_wgsl(const Kernel& kernel) { return Writer(kernel).write(); }

}  // namespace codegen::wgsl
