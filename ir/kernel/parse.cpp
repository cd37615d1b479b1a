// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>
#include <map>

#include "ir/kernel/kernel_parser.h"
#include "ir/kernel/program.h"

namespace ir::kernel {
namespace {

constexpr int kMaxDepth = 64;  // of nested size expressions
constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMaxExtent = std::numeric_limits<std::int64_t>::max();

using Kind = SizeExpr::Kind;
const std::map<std::string_view, Kind> kOperations = {
    {"add", Kind::add}, {"mul", Kind::mul},     {"ceil_div", Kind::ceil_div}, {"min", Kind::min},
    {"max", Kind::max}, {"equal", Kind::equal}, {"greater", Kind::greater}};

class ProgramParser {
 public:
  ProgramParser(std::string_view text, std::string_view file_name) : lexer_(text, file_name) {}

  Result<Program> parse() {
    TRY_DO(lexer_.expect("program"));
    TRY(program_.architecture, lexer_.name("the architecture's name"));
    TRY_DO(capacities());
    while (lexer_.peek().kind != Token::Kind::end) TRY_DO(item());
    return std::move(program_);
  }

 private:
  using Names = Lexer::Names;

  Result<void> item() {
    if (lexer_.accept("rope")) return rope();
    if (lexer_.accept("weight")) return weight();
    if (lexer_.accept("buffer")) return buffer();
    if (lexer_.at("kernel")) {
      const Token where = lexer_.peek();
      TRY(Kernel kernel, parse_kernel(lexer_));
      TRY_DO(declare(kernels_, "kernel", where, kernel.name));
      program_.kernels.push_back(std::move(kernel));
      return {};
    }
    if (lexer_.accept("variant")) return variant();
    if (lexer_.accept("func")) return function();
    return lexer_.expected("rope, weight, buffer, kernel, variant or func");
  }

  Result<std::uint32_t> field(std::string_view name) {
    TRY_DO(lexer_.expect(name));
    TRY_DO(lexer_.expect("="));
    TRY(const std::uint64_t value, lexer_.integer(name, kMaxU32));
    return static_cast<std::uint32_t>(value);
  }

  Result<void> capacities() {
    TRY_DO(lexer_.expect("capacities"));
    TRY(program_.capacities.max_rows, field("rows"));
    TRY(program_.capacities.max_sequences, field("sequences"));
    TRY(program_.capacities.page_tokens, field("page_tokens"));
    TRY(program_.capacities.context, field("context"));
    return {};
  }

  Result<void> rope() {
    RopeRows rows;
    TRY_DO(lexer_.expect("scale"));
    TRY_DO(lexer_.expect("="));
    TRY(rows.scale, lexer_.real("a number"));
    TRY_DO(lexer_.expect("frequencies"));
    TRY_DO(lexer_.expect("="));
    TRY_DO(list("[", "]", [&]() -> Result<void> {
      TRY(const double frequency, lexer_.real("a frequency"));
      rows.frequencies.push_back(frequency);
      return {};
    }));
    program_.rope.push_back(std::move(rows));
    return {};
  }

  Result<void> weight() {
    const Token where = lexer_.peek();
    StoredTensor weight;
    TRY(weight.name, lexer_.name("the weight's name"));
    TRY_DO(lexer_.expect(":"));
    const auto encoding = encoding_named(lexer_.peek().text);
    if (!encoding) return lexer_.expected("an encoding");
    weight.encoding = *encoding;
    lexer_.take();
    TRY_DO(list("[", "]", [&]() -> Result<void> {
      TRY(const std::uint64_t extent, lexer_.integer("an extent", kMaxExtent));
      weight.shape.push_back(static_cast<std::int64_t>(extent));
      return {};
    }));
    TRY_DO(declare(weights_, "weight", where, weight.name));
    program_.weights.push_back(std::move(weight));
    return {};
  }

  Result<void> buffer() {
    const Token where = lexer_.peek();
    Buffer buffer;
    TRY(buffer.name, lexer_.name("the buffer's name"));
    TRY_DO(lexer_.expect(":"));
    const auto role = buffer_role_named(lexer_.peek().text);
    if (!role) return lexer_.expected("a role");
    buffer.role = *role;
    lexer_.take();
    if (buffer.role == BufferRole::weight) {
      TRY_DO(lexer_.expect("("));
      TRY(buffer.weight, lexer_.declared(weights_, "weight"));
      if (lexer_.accept(",")) {
        buffer.rows.emplace();
        TRY(buffer.rows->first, lexer_.integer("the first row", kMaxExtent));
        TRY_DO(lexer_.expect(","));
        TRY(buffer.rows->count, lexer_.integer("how many rows", kMaxExtent));
      }
      TRY_DO(lexer_.expect(")"));
    }
    TRY_DO(lexer_.expect("bytes"));
    TRY_DO(lexer_.expect("="));
    TRY(buffer.bytes, size());
    TRY_DO(declare(buffers_, "buffer", where, buffer.name));
    program_.buffers.push_back(std::move(buffer));
    return {};
  }

  Result<void> variant() {
    Variant variant;
    TRY(variant.of, lexer_.declared(kernels_, "kernel"));
    TRY(variant.kernel, parse_kernel(lexer_));
    program_.variants.push_back(std::move(variant));
    return {};
  }

  Result<void> function() {
    const Token where = lexer_.peek();
    ScheduledFunction function;
    TRY(function.name, lexer_.name("the function's name"));
    TRY_DO(declare(functions_, "function", where, function.name));
    TRY_DO(list("(", ")", [&]() -> Result<void> {
      TRY(std::string parameter, lexer_.name("a plan variable"));
      function.parameters.push_back(std::move(parameter));
      return {};
    }));
    TRY_DO(lexer_.expect("{"));
    while (lexer_.at("dispatch") || lexer_.at("copy")) {
      TRY(Step next, step());
      function.steps.push_back(std::move(next));
    }
    if (lexer_.accept("return")) {
      do {
        TRY(const std::uint32_t result, lexer_.declared(buffers_, "buffer"));
        function.results.push_back(result);
      } while (lexer_.accept(","));
    }
    TRY_DO(lexer_.expect("}"));
    program_.functions.push_back(std::move(function));
    return {};
  }

  Result<Step> step() {
    Step step;
    if (lexer_.accept("dispatch")) {
      TRY(step.action, dispatch());
    } else {
      lexer_.take();
      TRY(step.action, copy());
    }
    if (lexer_.accept("when")) {
      TRY_DO(lexer_.expect("="));
      TRY(step.when, size());
    }
    if (lexer_.accept("at")) {
      TRY(step.provenance, lexer_.name("where the step comes from"));
    }
    return step;
  }

  Result<Dispatch> dispatch() {
    Dispatch dispatch;
    TRY(dispatch.kernel, lexer_.declared(kernels_, "kernel"));
    TRY_DO(list("(", ")", [&]() -> Result<void> {
      TRY(const std::uint32_t bound, lexer_.declared(buffers_, "buffer"));
      dispatch.buffers.push_back(bound);
      return {};
    }));
    TRY_DO(lexer_.expect("grid"));
    TRY_DO(lexer_.expect("="));
    TRY_DO(lexer_.expect("("));
    for (SizeExpr& extent : dispatch.grid) {
      if (&extent != &dispatch.grid[0]) TRY_DO(lexer_.expect(","));
      TRY(extent, size());
    }
    TRY_DO(lexer_.expect(")"));
    return dispatch;
  }

  Result<Copy> copy() {
    Copy copy;
    TRY(copy.from, lexer_.declared(buffers_, "buffer"));
    TRY_DO(lexer_.expect("to"));
    TRY(copy.to, lexer_.declared(buffers_, "buffer"));
    TRY_DO(lexer_.expect("bytes"));
    TRY_DO(lexer_.expect("="));
    TRY(copy.bytes, size());
    return copy;
  }

  Result<SizeExpr> size(int depth = 0) {
    if (depth > kMaxDepth)
      return lexer_.error(DiagnosticKind::kernel_syntax, lexer_.peek(),
                          fmt::format("sizes are nested more than {} deep", kMaxDepth));
    if (lexer_.peek().kind == Token::Kind::number) {
      TRY(const std::uint64_t constant, lexer_.integer("a size", kMaxExtent));
      return SizeExpr(constant);
    }
    const Token where = lexer_.peek();
    if (where.kind != Token::Kind::word) return lexer_.expected("a size");
    std::string word = lexer_.take().text;
    const auto operation = kOperations.find(word);
    if (operation == kOperations.end()) return SizeExpr(std::move(word));
    TRY_DO(lexer_.expect("("));
    TRY(SizeExpr a, size(depth + 1));
    TRY_DO(lexer_.expect(","));
    TRY(SizeExpr b, size(depth + 1));
    TRY_DO(lexer_.expect(")"));
    if (operation->second == Kind::ceil_div && b == SizeExpr(std::uint64_t{0}))
      return lexer_.error(DiagnosticKind::kernel_invalid, where, "ceil_div by zero");
    return SizeExpr(operation->second, std::move(a), std::move(b));
  }

  // Items between brackets, separated by commas; possibly none.
  template <class Item>
  Result<void> list(std::string_view open, std::string_view close, Item item) {
    TRY_DO(lexer_.expect(open));
    if (lexer_.accept(close)) return {};
    do {
      TRY_DO(item());
    } while (lexer_.accept(","));
    return lexer_.expect(close);
  }

  Result<void> declare(Names& names, std::string_view what, const Token& where,
                       const std::string& name) {
    const auto index = static_cast<std::uint32_t>(names.size());
    if (!names.emplace(name, index).second)
      return lexer_.error(DiagnosticKind::kernel_invalid, where,
                          fmt::format("{} '{}' is declared twice", what, name));
    return {};
  }

  Lexer lexer_;
  Program program_;
  Names weights_, buffers_, kernels_, functions_;
};

}  // namespace

Result<Program> parse_program(std::string_view text, std::string_view file_name) {
  return ProgramParser(text, file_name).parse();
}

Result<Kernel> parse_kernel(std::string_view text, std::string_view file_name) {
  Lexer lexer(text, file_name);
  TRY(Kernel kernel, parse_kernel(lexer));
  if (lexer.peek().kind != Token::Kind::end) return lexer.expected("the end of the text");
  return kernel;
}

}  // namespace ir::kernel
