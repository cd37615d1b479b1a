// SPDX-License-Identifier: Apache-2.0
// Types, and what stands before a kernel's first instruction.
#include <fmt/format.h>

#include <limits>
#include <set>

#include "ir/kernel/kernel_parser.h"

namespace ir::kernel {
namespace {

constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

class HeadParser {
 public:
  explicit HeadParser(Lexer& lexer) : lexer_(lexer) {}

  Result<Kernel> parse() {
    TRY_DO(lexer_.expect("kernel"));
    TRY(kernel_.name, lexer_.name("the kernel's name"));
    TRY_DO(workgroup());
    TRY_DO(lexer_.expect("{"));
    TRY_DO(declarations());
    return std::move(kernel_);
  }

 private:
  Result<void> workgroup() {
    TRY_DO(lexer_.expect("workgroup"));
    TRY_DO(lexer_.expect("("));
    for (std::size_t i = 0; i < 3; ++i) {
      if (i > 0) TRY_DO(lexer_.expect(","));
      TRY(const std::uint64_t size, lexer_.integer("a workgroup size", kMaxU32));
      kernel_.workgroup_size[i] = static_cast<std::uint32_t>(size);
    }
    return lexer_.expect(")");
  }

  Result<void> declarations() {
    for (;;) {
      if (lexer_.at("read") || lexer_.at("write") || lexer_.at("shared")) {
        TRY_DO(memory());
      } else if (lexer_.at("var")) {
        TRY_DO(variable());
      } else {
        return {};
      }
    }
  }

  Result<void> memory() {
    const std::string space = lexer_.take().text;
    const Token where = lexer_.peek();
    Memory memory;
    memory.space = space == "read"    ? Space::read
                   : space == "write" ? Space::read_write
                                      : Space::workgroup;
    TRY(memory.name, lexer_.name("the memory's name"));
    TRY_DO(lexer_.expect(":"));
    TRY(memory.element, parse_type(lexer_));
    if (memory.space == Space::workgroup) {
      TRY_DO(lexer_.expect("["));
      TRY(const std::uint64_t count, lexer_.integer("the number of elements", kMaxU32));
      memory.count = static_cast<std::uint32_t>(count);
      TRY_DO(lexer_.expect("]"));
    }
    if (!memories_.insert(memory.name).second) return twice("memory", where, memory.name);
    kernel_.memories.push_back(std::move(memory));
    return {};
  }

  Result<void> variable() {
    lexer_.take();
    const Token where = lexer_.peek();
    Variable variable;
    TRY(variable.name, lexer_.name("the variable's name"));
    TRY_DO(lexer_.expect(":"));
    TRY(variable.type, parse_type(lexer_));
    if (!variables_.insert(variable.name).second) return twice("variable", where, variable.name);
    kernel_.variables.push_back(std::move(variable));
    return {};
  }

  Diagnostic twice(std::string_view what, const Token& where, std::string_view name) const {
    return lexer_.error(DiagnosticKind::kernel_invalid, where,
                        fmt::format("{} '{}' is declared twice", what, name));
  }

  Lexer& lexer_;
  Kernel kernel_;
  std::set<std::string> memories_, variables_;
};

}  // namespace

Result<Kernel> parse_kernel_head(Lexer& lexer) { return HeadParser(lexer).parse(); }

Result<Type> parse_type(Lexer& lexer) {
  const auto scalar = [&lexer]() -> Result<Scalar> {
    const auto found = scalar_named(lexer.peek().text);
    if (!found || lexer.peek().kind != Token::Kind::word) return lexer.expected("a type");
    lexer.take();
    return *found;
  };
  const bool two = lexer.at("vec2");
  if (!two && !lexer.at("vec4")) {
    TRY(const Scalar only, scalar());
    return Type{only, 1};
  }
  lexer.take();
  TRY_DO(lexer.expect("<"));
  TRY(const Scalar element, scalar());
  TRY_DO(lexer.expect(">"));
  return Type{element, static_cast<std::uint8_t>(two ? 2 : 4)};
}

}  // namespace ir::kernel
