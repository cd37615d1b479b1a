// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ir/graph/graph.h"
#include "ir/graph/names.h"

namespace ir::graph {
namespace {

std::string text_of(const WeightDecl& weight) {
  std::string text = fmt::format("weight @{}: {}[{}]", name_text(weight.name),
                                 name_of(weight.encoding), fmt::join(weight.shape, ", "));
  if (weight.sources == std::vector{weight.name}) return text;
  std::vector<std::string> sources;
  for (const std::string& source : weight.sources) sources.push_back(quoted(source));
  return text + fmt::format(" = rows({})", fmt::join(sources, ", "));
}

// How each value of a function is called: %parameter, @weight, or %0, %1, ... for the others.
std::vector<std::string> value_names(const Graph& graph, const Function& function) {
  std::vector<std::string> names(function.types.size());
  for (const Parameter& parameter : function.parameters)
    names[parameter.value.id] = "%" + name_text(parameter.name);
  std::size_t count = 0;
  for (const Node& node : function.nodes) {
    const auto* weight = std::get_if<Weight>(&node.op);
    names[node.result.id] =
        weight ? "@" + name_text(graph.weights[weight->weight].name) : fmt::format("%{}", count++);
  }
  return names;
}

// The text of one field, for each of the types that stand beside the field kinds.
struct FieldText {
  const std::vector<std::string>& names;

  std::string operator()(Value value) const { return value ? names[value.id] : "_"; }
  std::string operator()(const std::vector<Value>& values) const {
    std::vector<std::string> parts;
    for (const Value value : values) parts.push_back((*this)(value));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  std::string operator()(std::int64_t integer) const { return fmt::format("{}", integer); }
  std::string operator()(std::uint32_t weight) const { return fmt::format("{}", weight); }
  std::string operator()(double real) const { return fmt::format("{}", real); }
  std::string operator()(DType dtype) const { return std::string(name_of(dtype)); }
  std::string operator()(const Shape& shape) const { return to_string(shape); }
  template <class Number>
  std::string operator()(const std::vector<Number>& numbers) const {
    return fmt::format("[{}]", fmt::join(numbers, ", "));
  }
};

bool is_operand(const Field& field) {
  return field.kind == FieldKind::value || field.kind == FieldKind::optional_value ||
         field.kind == FieldKind::values;
}

std::string text_of(const Op& op, const std::vector<std::string>& names) {
  std::vector<std::string> fields;
  for (const Field& field : table(op)) {
    visit_field(address(op), field, [&](const auto& value) {
      const std::string text = FieldText{names}(value);
      fields.push_back(is_operand(field) ? text : fmt::format("{}={}", field.name, text));
    });
  }
  return fmt::format("{} {}", table(op).name, fmt::join(fields, ", "));
}

std::string text_of(const Graph& graph, const Function& function) {
  const std::vector<std::string> names = value_names(graph, function);
  std::vector<std::string> parameters;
  for (const Parameter& parameter : function.parameters)
    parameters.push_back(fmt::format("{}: {}", names[parameter.value.id],
                                     to_string(function.type_of(parameter.value))));
  std::string text =
      fmt::format("func {}({}) {{\n", word_text(function.name), fmt::join(parameters, ", "));
  for (const Node& node : function.nodes) {
    if (std::holds_alternative<Weight>(node.op)) continue;
    text += fmt::format("  {} = {} : {}", names[node.result.id], text_of(node.op, names),
                        to_string(function.type_of(node.result)));
    if (!node.provenance.empty()) text += " at " + quoted(node.provenance);
    text += "\n";
  }
  std::vector<std::string> results;
  for (const Value value : function.results) results.push_back(names[value.id]);
  return text + fmt::format("  return {}\n}}\n", fmt::join(results, ", "));
}

}  // namespace

std::string print(const Graph& graph) {
  std::string text = fmt::format("graph {}\n", word_text(graph.architecture));
  for (const WeightDecl& weight : graph.weights) text += text_of(weight) + "\n";
  for (const Function& function : graph.functions) text += "\n" + text_of(graph, function);
  return text;
}

}  // namespace ir::graph
