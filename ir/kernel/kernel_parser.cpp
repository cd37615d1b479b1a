// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/kernel_parser.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "ir/kernel/operands.h"
#include "ir/kernel/type_rules.h"

namespace ir::kernel {
namespace {

constexpr int kMaxDepth = 64;  // of nested blocks

class KernelParser {
 public:
  explicit KernelParser(Lexer& lexer) : lexer_(lexer) {}

  Result<Kernel> parse() {
    TRY(kernel_, parse_kernel_head(lexer_));
    for (const Memory& memory : kernel_.memories) declare(memories_, memory.name);
    for (const Variable& variable : kernel_.variables) declare(variables_, variable.name);
    TRY(kernel_.body, block());
    return std::move(kernel_);
  }

 private:
  static void declare(Lexer::Names& names, const std::string& name) {
    names.emplace(name, static_cast<std::uint32_t>(names.size()));
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
    forget_from(outer);
    --depth_;
    return block;
  }

  void forget_from(std::size_t outer) {
    for (; defined_.size() > outer; defined_.pop_back()) values_.erase(defined_.back());
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
    if (std::optional<Op> op = plain_operation(word)) {
      TRY_DO(operands(*op));
      return *std::move(op);
    }
    if (word == "constant") return constant();
    if (word == "builtin") return of_kind<Builtin>(builtin_named, "a builtin");
    if (word == "convert") return cast<Convert>();
    if (word == "bitcast") return cast<Bitcast>();
    if (word == "unpack") {
      TRY(Op op, of_kind<Unpack>(unpack_named, "half2, f16x2 or u8x4"));
      TRY_DO(operands(op));
      return op;
    }
    if (word == "subgroup") {
      TRY(Op op, of_kind<Subgroup>(subgroup_named, "add, min or max"));
      TRY_DO(operands(op));
      return op;
    }
    if (word == "vector") return vector();
    if (word == "load") {
      Op op = Load{};
      TRY(std::get<Load>(op).memory.id, lexer_.declared(memories_, "memory"));
      TRY_DO(lexer_.expect(","));
      TRY_DO(operands(op));
      return op;
    }
    if (word == "get") {
      Get op;
      TRY(op.variable.id, lexer_.declared(variables_, "variable"));
      return Op(op);
    }
    return lexer_.error(DiagnosticKind::kernel_syntax, where,
                        fmt::format("'{}' is not an operation with a result", word));
  }

  // An op whose text is its name and its operands.
  static std::optional<Op> plain_operation(std::string_view word) {
    if (const auto kind = unary_named(word)) return Unary{*kind, {}};
    if (const auto kind = binary_named(word)) return Binary{*kind, {}, {}};
    if (word == "select") return Select{};
    if (word == "pack") return Pack{};
    if (word == "extract") return Extract{};
    if (word == "dot") return Dot{};
    return std::nullopt;
  }

  // What has none.
  Result<Op> action() {
    if (lexer_.accept("barrier")) return Op(Barrier{});
    if (lexer_.accept("store")) {
      Op op = Store{};
      TRY(std::get<Store>(op).memory.id, lexer_.declared(memories_, "memory"));
      TRY_DO(lexer_.expect(","));
      TRY_DO(operands(op));
      return op;
    }
    if (lexer_.accept("set")) {
      Op op = Set{};
      TRY(std::get<Set>(op).variable.id, lexer_.declared(variables_, "variable"));
      TRY_DO(lexer_.expect(","));
      TRY_DO(operands(op));
      return op;
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
    forget_from(outer);
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

  // All of an op's operands, separated by commas.
  Result<void> operands(Op& op) {
    Result<void> done;
    bool first = true;
    for_each_operand(op, [&](Value& operand) {
      if (done && !std::exchange(first, false)) done = lexer_.expect(",");
      if (!done) return;
      Result<Value> parsed = value();
      if (parsed)
        operand = *parsed;
      else
        done = std::move(parsed).error();
    });
    return done;
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

  Lexer& lexer_;
  Kernel kernel_;
  Lexer::Names memories_, variables_;
  std::map<std::string, Value, std::less<>> values_;  // the visible ones
  std::vector<std::string> defined_;                  // their names, in order of definition
  int depth_ = 0;
};

}  // namespace

Result<Kernel> parse_kernel(Lexer& lexer) { return KernelParser(lexer).parse(); }

}  // namespace ir::kernel
