// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ir/kernel/operands.h"
#include "ir/kernel/program.h"
#include "ir/kernel/text.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

using Names = std::vector<std::string>;  // of values, by id

// Values are numbered in the order in which the text defines them.
void number(const Block& block, Names& names, std::uint32_t& next) {
  const auto name = [&](Value value) {
    if (value.id < names.size()) names[value.id] = fmt::format("%{}", next++);
  };
  for (const Instruction& instruction : block) {
    if (instruction.result) name(instruction.result);
    if (const auto* loop = std::get_if<For>(&instruction.op)) {
      name(loop->induction);
      number(loop->body, names, next);
    } else if (const auto* branch = std::get_if<If>(&instruction.op)) {
      number(branch->then, names, next);
      number(branch->otherwise, names, next);
    }
  }
}

Names numbered(const Kernel& kernel) {
  Names names(kernel.values.size(), "%?");
  std::uint32_t next = 0;
  number(kernel.body, names, next);
  return names;
}

class KernelPrinter {
 public:
  explicit KernelPrinter(const Kernel& kernel) : kernel_(kernel), names_(numbered(kernel)) {}

  // One line without its indentation; of For and If, the line that opens the first block.
  std::string line(const Instruction& instruction) const {
    const std::string text = operation(instruction.op);
    return instruction.result ? fmt::format("{} = {}", name(instruction.result), text) : text;
  }

  void block(const Block& block, std::string_view indent, std::string& out) const {
    const std::string deeper = std::string(indent) + "  ";
    for (const Instruction& instruction : block) {
      fmt::format_to(std::back_inserter(out), "{}{}\n", indent, line(instruction));
      if (const auto* loop = std::get_if<For>(&instruction.op)) {
        this->block(loop->body, deeper, out);
        fmt::format_to(std::back_inserter(out), "{}}}\n", indent);
      } else if (const auto* branch = std::get_if<If>(&instruction.op)) {
        this->block(branch->then, deeper, out);
        if (!branch->otherwise.empty()) {
          fmt::format_to(std::back_inserter(out), "{}}} else {{\n", indent);
          this->block(branch->otherwise, deeper, out);
        }
        fmt::format_to(std::back_inserter(out), "{}}}\n", indent);
      }
    }
  }

 private:
  std::string name(Value value) const { return value.id < names_.size() ? names_[value.id] : "%?"; }
  std::string memory(MemoryId id) const {
    return id.id < kernel_.memories.size() ? quoted_name(kernel_.memories[id.id].name) : "?";
  }
  std::string variable(VariableId id) const {
    return id.id < kernel_.variables.size() ? quoted_name(kernel_.variables[id.id].name) : "?";
  }
  std::string list(const Op& op) const {
    std::string text;
    for_each_operand(op, [&](Value value) {
      if (!text.empty()) text += ", ";
      text += name(value);
    });
    return text;
  }

  std::string operation(const Op& op) const {
    return match(
        op,
        [](const Constant& c) { return fmt::format("constant {} {}", to_string(c.type), c.value); },
        [](const Builtin& b) { return fmt::format("builtin {}", name_of(b.kind)); },
        [&](const Unary& u) { return fmt::format("{} {}", name_of(u.kind), list(op)); },
        [&](const Binary& b) { return fmt::format("{} {}", name_of(b.kind), list(op)); },
        [&](const Select&) { return "select " + list(op); },
        [&](const Convert& c) { return fmt::format("convert {} to {}", name(c.x), name_of(c.to)); },
        [&](const Bitcast& b) { return fmt::format("bitcast {} to {}", name(b.x), name_of(b.to)); },
        [&](const Unpack& u) { return fmt::format("unpack {} {}", name_of(u.kind), name(u.x)); },
        [&](const Pack&) { return "pack " + list(op); },
        [&](const MakeVector&) { return "vector " + list(op); },
        [&](const Extract&) { return "extract " + list(op); },
        [&](const Dot&) { return "dot " + list(op); },
        [&](const Subgroup& s) {
          return fmt::format("subgroup {} {}", name_of(s.kind), name(s.x));
        },
        [&](const Load& l) { return fmt::format("load {}, {}", memory(l.memory), name(l.index)); },
        [&](const Store& s) {
          return fmt::format("store {}, {}, {}", memory(s.memory), name(s.index), name(s.value));
        },
        [&](const Get& g) { return fmt::format("get {}", variable(g.variable)); },
        [&](const Set& s) {
          return fmt::format("set {}, {}", variable(s.variable), name(s.value));
        },
        [](const Barrier&) { return std::string("barrier"); },
        [&](const For& f) {
          return fmt::format("for {} = {} to {} step {} {{", name(f.induction), name(f.begin),
                             name(f.end), name(f.step));
        },
        [&](const If& i) { return fmt::format("if {} {{", name(i.condition)); });
  }

  const Kernel& kernel_;
  Names names_;
};

std::string declaration(const Memory& memory) {
  const std::string name = quoted_name(memory.name);
  const std::string element = to_string(memory.element);
  switch (memory.space) {
    case Space::read:
      return fmt::format("read {}: {}", name, element);
    case Space::read_write:
      return fmt::format("write {}: {}", name, element);
    case Space::workgroup:
      return fmt::format("shared {}: {}[{}]", name, element, memory.count);
  }
  return {};
}

std::string declaration(const Program& program, const Buffer& buffer) {
  std::string role(name_of(buffer.role));
  if (buffer.role == BufferRole::weight) {
    const bool known = buffer.weight < program.weights.size();
    const std::string name = known ? quoted_name(program.weights[buffer.weight].name) : "?";
    role += buffer.rows ? fmt::format("({}, {}, {})", name, buffer.rows->first, buffer.rows->count)
                        : fmt::format("({})", name);
  }
  return fmt::format("buffer {}: {} bytes={}", quoted_name(buffer.name), role,
                     to_string(buffer.bytes));
}

std::string buffer_name(const Program& program, std::uint32_t index) {
  return index < program.buffers.size() ? quoted_name(program.buffers[index].name) : "?";
}

std::string kernel_name(const Program& program, std::uint32_t index) {
  return index < program.kernels.size() ? quoted_name(program.kernels[index].name) : "?";
}

// "a, b, c", each item as `text` writes it. (fmt::join makes g++ 12 warn.)
template <class Items, class Text>
std::string joined(const Items& items, Text text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += ", ";
    out += text(item);
  }
  return out;
}
template <class Items>
std::string joined_numbers(const Items& items) {
  return joined(items, [](auto number) { return fmt::format("{}", number); });
}

std::string buffer_list(const Program& program, const std::vector<std::uint32_t>& buffers) {
  return joined(buffers, [&](std::uint32_t buffer) { return buffer_name(program, buffer); });
}

void print_function(const Program& program, const ScheduledFunction& function, std::string& out) {
  const auto write = std::back_inserter(out);
  fmt::format_to(write, "func {}({}) {{\n", quoted_name(function.name),
                 joined(function.parameters, quoted_name));
  for (const Step& step : function.steps) fmt::format_to(write, "  {}\n", print(program, step));
  if (!function.results.empty())
    fmt::format_to(write, "  return {}\n", buffer_list(program, function.results));
  out += "}\n";
}

}  // namespace

std::string quoted_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto follows = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.'; };
  if (!name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), follows))
    return std::string(name);
  return quoted(name);
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      ((out += "\\x") += kHexDigits[c >> 4]) += kHexDigits[c & 15];
    else
      out += c;
  }
  return out + '"';
}

std::string print(const Kernel& kernel, const Instruction& instruction) {
  std::string line = KernelPrinter(kernel).line(instruction);
  if (line.ends_with(" {")) line.resize(line.size() - 2);
  return line;
}

std::string print(const Program& program, const Step& step) {
  std::string text = match(
      step.action,
      [&](const Dispatch& d) {
        return fmt::format("dispatch {}({}) grid=({}, {}, {})", kernel_name(program, d.kernel),
                           buffer_list(program, d.buffers), to_string(d.grid[0]),
                           to_string(d.grid[1]), to_string(d.grid[2]));
      },
      [&](const Copy& c) {
        return fmt::format("copy {} to {} bytes={}", buffer_name(program, c.from),
                           buffer_name(program, c.to), to_string(c.bytes));
      });
  if (step.when != SizeExpr(1)) text += " when=" + to_string(step.when);
  if (!step.provenance.empty()) text += " at " + quoted(step.provenance);
  return text;
}

std::string print(const Kernel& kernel) {
  std::string out =
      fmt::format("kernel {} workgroup({}, {}, {}) {{\n", quoted_name(kernel.name),
                  kernel.workgroup_size[0], kernel.workgroup_size[1], kernel.workgroup_size[2]);
  for (const Memory& memory : kernel.memories) out += fmt::format("  {}\n", declaration(memory));
  for (const Variable& variable : kernel.variables)
    out += fmt::format("  var {}: {}\n", quoted_name(variable.name), to_string(variable.type));
  KernelPrinter(kernel).block(kernel.body, "  ", out);
  return out + "}\n";
}

std::string print(const Program& program) {
  std::string out = fmt::format("program {}\n", quoted_name(program.architecture));
  const auto write = std::back_inserter(out);
  const Capacities& capacities = program.capacities;
  fmt::format_to(write, "capacities rows={} sequences={} page_tokens={} context={}\n",
                 capacities.max_rows, capacities.max_sequences, capacities.page_tokens,
                 capacities.context);
  for (const RopeRows& rope : program.rope)
    fmt::format_to(write, "rope scale={} frequencies=[{}]\n", rope.scale,
                   joined_numbers(rope.frequencies));
  for (const StoredTensor& weight : program.weights)
    fmt::format_to(write, "weight {}: {}[{}]\n", quoted_name(weight.name),
                   ir::name_of(weight.encoding), joined_numbers(weight.shape));
  for (const Buffer& buffer : program.buffers)
    out += fmt::format("{}\n", declaration(program, buffer));
  for (const Kernel& kernel : program.kernels) out += fmt::format("\n{}", print(kernel));
  for (const Variant& variant : program.variants)
    fmt::format_to(write, "\nvariant {} {}", kernel_name(program, variant.of),
                   print(variant.kernel));
  for (const ScheduledFunction& function : program.functions) {
    out += "\n";
    print_function(program, function, out);
  }
  return out;
}

}  // namespace ir::kernel
