// SPDX-License-Identifier: Apache-2.0
// The grammar (blanks, line breaks and // comments are free):
//
//   graph     = "graph" name weight* function*
//   weight    = "weight" @name ":" encoding "[" integers "]" [ "=" "rows" "(" strings ")" ]
//   function  = "func" name "(" { %name ":" type } ")" "{" node* "return" values "}"
//   node      = %name "=" op { field } [ ":" type ] [ "at" string ]
//   field     = value | "_" | "[" values "]" | name "=" literal     in the order of the op's table
//   type      = dtype "[" extents "]" | "cache" "[" n "x" n "x" n "]"
#include <fmt/format.h>

#include <map>

#include "ir/graph/names.h"
#include "ir/graph/rules.h"
#include "ir/graph/token_reader.h"

namespace ir::graph {
namespace {

using Kind = Token::Kind;

class Parser : private TokenReader {
 public:
  Parser(std::string_view text, std::string_view file) : TokenReader(text, file) {}

  Result<Graph> parse() {
    TRY_DO(advance());
    TRY_DO(expect_word("graph"));
    TRY(graph_.architecture, name());
    while (is_word("weight")) TRY_DO(weight());
    while (is_word("func")) TRY_DO(function());
    if (!is(Kind::end)) return expected("'func' or the end of the text");
    return std::move(graph_);
  }

 private:
  // Values of the function at hand.
  struct Scope {
    Function function;
    std::map<std::string, Value, std::less<>> values;
  };

  // Literals

  Result<std::int64_t> extent() {
    const Token at = token();
    TRY(const std::int64_t value, integer());
    if (value < 0 || value > kLargestExtent)
      return invalid(fmt::format("extent {} is out of range", value), at);
    return value;
  }
  Result<Dim> dim() {
    if (is(Kind::word)) {
      TRY(std::string symbol, take(Kind::word, "an extent"));
      return Dim(std::move(symbol));
    }
    TRY(const std::int64_t constant, extent());
    return Dim(constant);
  }

  Result<Shape> shape() {
    return items<Dim>([this] { return dim(); });
  }

  Result<Type> type() {
    const Token at = token();
    TRY(const std::string word, take(Kind::word, "a type"));
    if (word == "cache") return cache_type();
    const std::optional<DType> dtype = dtype_named(word);
    if (!dtype) return invalid(fmt::format("there is no element type {}", word), at);
    TRY(Shape extents, shape());
    return Type(TensorType{*dtype, std::move(extents)});
  }
  Result<Type> cache_type() {
    CacheType cache;
    TRY_DO(expect('['));
    TRY(cache.layers, extent());
    TRY_DO(expect_word("x"));
    TRY(cache.kv_heads, extent());
    TRY_DO(expect_word("x"));
    TRY(cache.head_dim, extent());
    TRY_DO(expect(']'));
    return Type(cache);
  }

  // Declarations

  Result<void> weight() {
    TRY_DO(expect_word("weight"));
    const Token at = token();
    WeightDecl weight;
    TRY(weight.name, take(Kind::weight, "the weight's @name"));
    TRY_DO(expect(':'));
    const Token encoding_at = token();
    TRY(const std::string encoding, take(Kind::word, "an encoding"));
    if (!encoding_named(encoding))
      return invalid(fmt::format("there is no encoding {}", encoding), encoding_at);
    weight.encoding = *encoding_named(encoding);
    TRY(weight.shape, items<std::int64_t>([this] { return extent(); }));
    weight.sources = {weight.name};
    if (is_symbol('=')) TRY_DO(sources(weight));
    const auto index = static_cast<std::uint32_t>(graph_.weights.size());
    if (!weights_.emplace(weight.name, index).second)
      return invalid(fmt::format("weight @{} is declared twice", name_text(weight.name)), at);
    graph_.weights.push_back(std::move(weight));
    return {};
  }
  Result<void> sources(WeightDecl& weight) {
    TRY_DO(advance());
    TRY_DO(expect_word("rows"));
    weight.sources.clear();
    return list('(', ')', [&]() -> Result<void> {
      TRY(std::string source, take(Kind::string, "the quoted name of a tensor"));
      weight.sources.push_back(std::move(source));
      return {};
    });
  }

  Result<void> function() {
    TRY_DO(expect_word("func"));
    const Token at = token();
    Scope scope;
    TRY(scope.function.name, name());
    if (graph_.function(scope.function.name))
      return invalid(fmt::format("function {} is defined twice", scope.function.name), at);
    Builder build(graph_, scope.function);
    TRY_DO(list('(', ')', [&] { return parameter(scope, build); }));
    TRY_DO(expect('{'));
    while (is(Kind::value)) TRY_DO(node(scope, build));
    TRY_DO(expect_word("return"));
    while (true) {
      TRY(const Value result, value(scope, build));
      scope.function.results.push_back(result);
      if (!is_symbol(',')) break;
      TRY_DO(advance());
    }
    TRY_DO(expect('}'));
    graph_.functions.push_back(std::move(scope.function));
    return {};
  }
  Result<void> parameter(Scope& scope, Builder& build) {
    const Token at = token();
    TRY(std::string parameter_name, take(Kind::value, "a parameter's %name"));
    TRY_DO(expect(':'));
    TRY(Type parameter_type, type());
    return define(scope, parameter_name, build.parameter(parameter_name, std::move(parameter_type)),
                  at);
  }
  Result<void> define(Scope& scope, const std::string& value_name, Value value, const Token& at) {
    if (scope.values.emplace(value_name, value).second) return {};
    return invalid(fmt::format("%{} is defined twice", name_text(value_name)), at);
  }

  Result<void> node(Scope& scope, Builder& build) {
    const Token at = token();
    TRY(const std::string result_name, take(Kind::value, "a value"));
    TRY_DO(expect('='));
    const Token op_at = token();
    TRY(const std::string op_name, take(Kind::word, "the name of an op"));
    std::optional<Op> op = make_op(op_name);
    if (!op || std::holds_alternative<Weight>(*op))
      return invalid(fmt::format("there is no op {}", op_name), op_at);
    TRY_DO(fields(*op, scope, build));
    Result<Type> inferred = infer(graph_, scope.function, *op);
    if (!inferred) return invalid(inferred.error().message, op_at);
    if (is_symbol(':')) TRY_DO(stated_type(*inferred, op_name));
    std::string provenance;
    if (is_word("at")) {
      TRY_DO(advance());
      TRY(provenance, take(Kind::string, "the quoted name of a module"));
    }
    build.at(std::move(provenance));
    return define(scope, result_name, build.emit(*std::move(op)), at);
  }
  Result<void> stated_type(const Type& inferred, std::string_view op_name) {
    TRY_DO(advance());
    const Token at = token();
    TRY(const Type stated, type());
    if (stated == inferred) return {};
    return invalid(fmt::format("{} gives {}, but the text says {}", op_name, to_string(inferred),
                               to_string(stated)),
                   at);
  }

  // Fields

  Result<void> fields(Op& op, Scope& scope, Builder& build) {
    bool first = true;
    for (const Field& field : table(op)) {
      if (!first) TRY_DO(expect(','));
      TRY_DO(one_field(address(op), field, scope, build));
      first = false;
    }
    return {};
  }
  Result<void> one_field(void* op, const Field& field, Scope& scope, Builder& build) {
    const bool is_operand = field.kind == FieldKind::value || field.kind == FieldKind::values ||
                            field.kind == FieldKind::optional_value;
    if (!is_operand) {
      if (!is_word(field.name)) return expected(fmt::format("'{}=...'", field.name));
      TRY_DO(advance());
      TRY_DO(expect('='));
    }
    const auto one_value = [&] { return value(scope, build); };
    switch (field.kind) {
      case FieldKind::optional_value:
        if (is_word("_")) return advance();
        return store<Value>(op, field, one_value());
      case FieldKind::value:
        return store<Value>(op, field, one_value());
      case FieldKind::values:
        return store<std::vector<Value>>(op, field, items<Value>(one_value));
      case FieldKind::integer:
        return store<std::int64_t>(op, field, integer());
      case FieldKind::integers:
        return store<std::vector<std::int64_t>>(op, field,
                                                items<std::int64_t>([this] { return integer(); }));
      case FieldKind::real:
        return store<double>(op, field, real());
      case FieldKind::reals:
        return store<std::vector<double>>(op, field, items<double>([this] { return real(); }));
      case FieldKind::dtype:
        return store<DType>(op, field, dtype());
      case FieldKind::shape:
        return store<Shape>(op, field, shape());
      case FieldKind::weight:
        break;  // only Weight has one, and it is written as @name
    }
    return expected("an operand");
  }
  template <class T>
  static Result<void> store(void* op, const Field& field, Result<T> value) {
    if (!value) return std::move(value).error();
    field_as<T>(op, field) = *std::move(value);
    return {};
  }
  Result<DType> dtype() {
    const Token at = token();
    TRY(const std::string word, take(Kind::word, "an element type"));
    if (const std::optional<DType> found = dtype_named(word)) return *found;
    return invalid(fmt::format("there is no element type {}", word), at);
  }
  Result<Value> value(Scope& scope, Builder& build) {
    const Token at = token();
    if (at.kind == Kind::weight) {
      const auto found = weights_.find(at.text);
      if (found == weights_.end())
        return invalid(fmt::format("weight @{} is not declared", name_text(at.text)), at);
      TRY_DO(advance());
      return build.weight(found->second);
    }
    TRY(const std::string value_name, take(Kind::value, "a value"));
    const auto found = scope.values.find(value_name);
    if (found == scope.values.end())
      return invalid(fmt::format("%{} is not defined before it is used", name_text(value_name)),
                     at);
    return found->second;
  }

  Graph graph_;
  std::map<std::string, std::uint32_t, std::less<>> weights_;
};

}  // namespace

Result<Graph> parse(std::string_view text, std::string_view file_name) {
  return Parser(text, file_name).parse();
}

}  // namespace ir::graph
