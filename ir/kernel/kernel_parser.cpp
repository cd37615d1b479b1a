// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/kernel_parser.h"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "ir/kernel/type_rules.h"

namespace ir::kernel {
namespace {

constexpr int kMaxDepth = 64;  // of nested blocks
constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

class KernelParser {
 public:
  explicit KernelParser(Lexer& lexer) : lexer_(lexer) {}

  Result<Kernel> parse() {
    TRY_DO(lexer_.expect("kernel"));
    TRY(kernel_.name, lexer_.name("the kernel's name"));
    TRY_DO(workgroup());
    TRY_DO(lexer_.expect("{"));
    TRY_DO(declarations());
    TRY(kernel_.body, block());
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
    const auto id = static_cast<std::uint32_t>(kernel_.memories.size());
    if (!memories_.emplace(memory.name, id).second) return twice("memory", where, memory.name);
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
    const auto id = static_cast<std::uint32_t>(kernel_.variables.size());
    if (!variables_.emplace(variable.name, id).second)
      return twice("variable", where, variable.name);
    kernel_.variables.push_back(std::move(variable));
    return {};
  }

  // Instructions up to the closing brace, which is taken. Names defined here end here.
  Result<Block> block() {
    if (++depth_ > kMaxDepth)
      return lexer_.error(DiagnosticKind::kernel_syntax, lexer_.peek(),
                          fmt::format("blocks are nested more than {} deep", kMaxDepth));
    const std::size_t outer = defined_.size();
    Block block;
    while (!lexer_.accept("}")) {
      TRY(Instruction next, instruction());
      block.push_back(std::move(next));
    }
    for (; defined_.size() > outer; defined_.pop_back()) values_.erase(defined_.back());
    --depth_;
    return block;
  }

  Result<Instruction> instruction() {
    const Token start = lexer_.peek();
    Instruction instruction;
    const bool assigns = start.kind == Token::Kind::value;
    if (assigns) {
      lexer_.take();
      TRY_DO(lexer_.expect("="));
      TRY(instruction.op, operation());
    } else {
      TRY(instruction.op, action());
    }
    Result<std::optional<Type>> type = infer(kernel_, instruction.op);
    if (!type) return lexer_.error(type.error().kind, start, type.error().message);
    if (assigns) {
      TRY(instruction.result, define(start, **type));
    }
    return instruction;
  }

  // What has a result.
  Result<Op> operation() {
    const Token where = lexer_.peek();
    TRY(const std::string word, lexer_.name("an operation"));
    if (const auto kind = unary_named(word)) {
      Unary op{*kind};
      TRY(op.x, value());
      return Op(op);
    }
    if (const auto kind = binary_named(word)) {
      Binary op{*kind};
      TRY_DO(values({&op.a, &op.b}));
      return Op(op);
    }
    if (word == "constant") return constant();
    if (word == "builtin") return of_kind<Builtin>(builtin_named, "a builtin");
    if (word == "select") {
      Select op;
      TRY_DO(values({&op.condition, &op.a, &op.b}));
      return Op(op);
    }
    if (word == "convert") return cast<Convert>();
    if (word == "bitcast") return cast<Bitcast>();
    if (word == "unpack") {
      TRY(Op op, of_kind<Unpack>(unpack_named, "half2 or u8x4"));
      TRY(std::get<Unpack>(op).x, value());
      return op;
    }
    if (word == "pack") {
      Pack op;
      TRY(op.x, value());
      return Op(op);
    }
    if (word == "vector") return vector();
    if (word == "extract") {
      Extract op;
      TRY_DO(values({&op.x, &op.lane}));
      return Op(op);
    }
    if (word == "dot") {
      Dot op;
      TRY_DO(values({&op.a, &op.b}));
      return Op(op);
    }
    if (word == "load") {
      Load op;
      TRY(op.memory.id, declared(memories_, "memory"));
      TRY_DO(lexer_.expect(","));
      TRY(op.index, value());
      return Op(op);
    }
    if (word == "get") {
      Get op;
      TRY(op.variable.id, declared(variables_, "variable"));
      return Op(op);
    }
    return lexer_.error(DiagnosticKind::kernel_syntax, where,
                        fmt::format("'{}' is not an operation with a result", word));
  }

  // What has none.
  Result<Op> action() {
    if (lexer_.accept("barrier")) return Op(Barrier{});
    if (lexer_.accept("store")) {
      Store op;
      TRY(op.memory.id, declared(memories_, "memory"));
      TRY_DO(lexer_.expect(","));
      TRY_DO(values({&op.index, &op.value}));
      return Op(op);
    }
    if (lexer_.accept("set")) {
      Set op;
      TRY(op.variable.id, declared(variables_, "variable"));
      TRY_DO(lexer_.expect(","));
      TRY(op.value, value());
      return Op(op);
    }
    if (lexer_.accept("for")) return loop();
    if (lexer_.accept("if")) return branch();
    return lexer_.expected("an instruction");
  }

  Result<Op> constant() {
    Constant op;
    TRY(op.type, parse_type(lexer_));
    TRY(op.value, lexer_.real("a number"));
    return Op(op);
  }

  template <class Kinded, class Named>
  Result<Op> of_kind(Named named, std::string_view what) {
    const auto kind = named(lexer_.peek().text);
    if (!kind || lexer_.peek().kind != Token::Kind::word) return lexer_.expected(what);
    lexer_.take();
    Kinded op;
    op.kind = *kind;
    return Op(op);
  }

  template <class Cast>
  Result<Op> cast() {
    Cast op;
    TRY(op.x, value());
    TRY_DO(lexer_.expect("to"));
    const auto scalar = scalar_named(lexer_.peek().text);
    if (!scalar) return lexer_.expected("a scalar type");
    lexer_.take();
    op.to = *scalar;
    return Op(op);
  }

  Result<Op> vector() {
    MakeVector op;
    do {
      TRY(const Value lane, value());
      op.lanes.push_back(lane);
    } while (lexer_.accept(","));
    return Op(std::move(op));
  }

  Result<Op> loop() {
    For op;
    const Token induction = lexer_.peek();
    if (induction.kind != Token::Kind::value) return lexer_.expected("a value");
    lexer_.take();
    TRY_DO(lexer_.expect("="));
    TRY(op.begin, value());
    TRY_DO(lexer_.expect("to"));
    TRY(op.end, value());
    TRY_DO(lexer_.expect("step"));
    TRY(op.step, value());
    TRY_DO(lexer_.expect("{"));
    const std::size_t outer = defined_.size();
    TRY(op.induction, define(induction, kU32));
    TRY(op.body, block());
    for (; defined_.size() > outer; defined_.pop_back()) values_.erase(defined_.back());
    return Op(std::move(op));
  }

  Result<Op> branch() {
    If op;
    TRY(op.condition, value());
    TRY_DO(lexer_.expect("{"));
    TRY(op.then, block());
    if (lexer_.accept("else")) {
      TRY_DO(lexer_.expect("{"));
      TRY(op.otherwise, block());
    }
    return Op(std::move(op));
  }

  Result<Value> value() {
    const Token& token = lexer_.peek();
    if (token.kind != Token::Kind::value) return lexer_.expected("a value");
    const auto found = values_.find(token.text);
    if (found == values_.end())
      return lexer_.error(DiagnosticKind::kernel_invalid, token,
                          fmt::format("no value '%{}' is visible here", token.text));
    lexer_.take();
    return found->second;
  }

  Result<void> values(std::initializer_list<Value*> operands) {
    for (Value* operand : operands) {
      if (operand != *operands.begin()) TRY_DO(lexer_.expect(","));
      TRY(*operand, value());
    }
    return {};
  }

  Result<Value> define(const Token& name, Type type) {
    const Value value{static_cast<std::uint32_t>(kernel_.values.size())};
    if (!values_.emplace(name.text, value).second)
      return lexer_.error(DiagnosticKind::kernel_invalid, name,
                          fmt::format("value '%{}' is defined twice", name.text));
    defined_.push_back(name.text);
    kernel_.values.push_back(type);
    return value;
  }

  using Declared = std::map<std::string, std::uint32_t, std::less<>>;
  Result<std::uint32_t> declared(const Declared& names, std::string_view what) {
    const Token where = lexer_.peek();
    TRY(const std::string name, lexer_.name(fmt::format("a {}", what)));
    const auto found = names.find(name);
    if (found == names.end())
      return lexer_.error(DiagnosticKind::kernel_invalid, where,
                          fmt::format("there is no {} '{}'", what, name));
    return found->second;
  }

  Diagnostic twice(std::string_view what, const Token& where, std::string_view name) const {
    return lexer_.error(DiagnosticKind::kernel_invalid, where,
                        fmt::format("{} '{}' is declared twice", what, name));
  }

  Lexer& lexer_;
  Kernel kernel_;
  Declared memories_, variables_;
  std::map<std::string, Value, std::less<>> values_;  // the visible ones
  std::vector<std::string> defined_;                  // their names, in order of definition
  int depth_ = 0;
};

}  // namespace

Result<Kernel> parse_kernel(Lexer& lexer) { return KernelParser(lexer).parse(); }

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
