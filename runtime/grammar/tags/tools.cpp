// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/tools.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/forms.h"
#include "runtime/host/ascii.h"

namespace runtime::grammar::tags {
namespace {

using json::Value;
using schema::Form;
using schema::Forms;
using schema::ObjectForm;
using schema::SchemaAutomaton;

constexpr std::string_view kParametersUri = "webllm:parameters";
constexpr std::string_view kObject = R"({"type": "object"})";
constexpr std::string_view kEmptyObject = R"({"type": "object", "maxProperties": 0})";
constexpr std::string_view kParameters =
    R"({"type": "object", "allOf": [{"$ref": "webllm:parameters"}]})";

bool is_text(const Value* schema);

bool are_texts(const Value& values) {
  return std::all_of(values.items.begin(), values.items.end(),
                     [](const Value& value) { return value.is(Value::Kind::string); });
}

// runtime/web/answer_parser.ts decides by the same rule what the parser takes for a string.
bool is_text(const Value* schema) {
  if (schema == nullptr) return false;
  if (const Value* type = schema->find("type")) {
    if (type->is(Value::Kind::array))
      return type->items.size() == 1 && type->items[0].text == "string";
    return type->is(Value::Kind::string) && type->text == "string";
  }
  if (const Value* values = schema->find("enum"); values && values->is(Value::Kind::array))
    return are_texts(*values);
  const Value* value = schema->find("const");
  return value != nullptr && value->is(Value::Kind::string);
}

// Whether its properties can be written one by one, in their order, each with a value of its own.
std::optional<Refusal> check_plain(const Form& form, const std::string& where) {
  const auto refusal = [&](const char* message) { return Refusal{message, where}; };
  if (form.objects.size() != 1)
    return refusal("arguments that are one of several objects cannot be written one by one");
  const ObjectForm& object = form.objects[0];
  if (!object.demands.empty() || !object.implications.empty())
    return refusal("arguments that depend on each other cannot be written one by one");
  const auto required = static_cast<std::uint32_t>(
      std::count_if(object.properties.begin(), object.properties.end(),
                    [](const schema::Property& property) { return property.required; }));
  if (object.min_properties > required || object.max_properties < object.properties.size())
    return refusal("a number of arguments cannot be enforced where they are written one by one");
  return std::nullopt;
}

struct Added {
  SchemaAutomaton* automaton;
  Forms* forms;
};

Result<Added> add_schema(Grammar& grammar, std::string_view text,
                         const schema::SchemaOptions& options, const schema::Layout& layout) {
  if (!grammar.has_room()) return Refusal{"too many schemas in one grammar", "#"};
  auto document = std::make_unique<Value>(*json::parse(text));
  auto forms = Forms::compile(grammar.expressions(), *document, options);
  if (!forms) return forms.refusal();
  Added added{nullptr, forms->get()};
  auto automaton = std::make_unique<SchemaAutomaton>(
      grammar.next_index(), grammar.expressions(), std::move(document), *std::move(forms), layout);
  if (auto refusal = automaton->check()) return *std::move(refusal);
  added.automaton = automaton.get();
  grammar.add(std::move(automaton));
  return added;
}

List<Parameter> parameters_of(const Added& added, const Form& form, const Value* schema) {
  List<Parameter> parameters;
  const Value* declared = schema == nullptr ? nullptr : schema->find("properties");
  for (const schema::Property& property : form.objects[0].properties) {
    if (!added.automaton->has_value(property.value)) continue;
    const Value* one = declared == nullptr ? nullptr : declared->find(property.name);
    parameters.push_back({property.name, property.required, is_text(one),
                          added.automaton->value(property.value),
                          added.forms->form(property.value).scalars});
  }
  return parameters;
}

bool is_strict(const Value& tool) {
  const Value* strict = tool.find("strict");
  return strict != nullptr && strict->is(Value::Kind::boolean) && strict->boolean;
}

}  // namespace

Result<std::unique_ptr<Tools>> Tools::add(Grammar& grammar, const Value& list,
                                          const schema::SchemaOptions& options,
                                          const schema::Layout& layout) {
  if (!list.is(Value::Kind::array)) return Refusal{"the tools are no list", "#/tools"};
  auto tools = std::make_unique<Tools>();
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    std::string where = "#/tools/" + host::decimal(i);
    auto refusal = tools->add_tool(grammar, list.items[i], std::move(where), options, layout);
    if (refusal) return *std::move(refusal);
  }
  return tools;
}

std::optional<Refusal> Tools::add_tool(Grammar& grammar, const Value& tool, std::string where,
                                       const schema::SchemaOptions& options,
                                       const schema::Layout& layout) {
  const Value* inner = tool.find("function");
  if (inner != nullptr) where += "/function";
  const Value& function = inner == nullptr ? tool : *inner;
  const Value* name = function.find("name");
  if (name == nullptr || !name->is(Value::Kind::string) || name->text.empty())
    return Refusal{"a tool has no name", std::move(where)};
  where += "/parameters";
  const Value* parameters = function.find("parameters");
  if (parameters != nullptr && parameters->is(Value::Kind::null)) parameters = nullptr;

  schema::SchemaOptions with_parameters = options;
  const Value* schema = nullptr;
  if (parameters != nullptr) {
    schemas_.push_back(std::make_unique<Value>(*parameters));
    schema = schemas_.back().get();
  }
  const schema::SchemaDocument document{kParametersUri, schema};
  if (schema != nullptr) with_parameters.documents = {&document, 1};
  Result<Added> added =
      add_schema(grammar, schema == nullptr ? kEmptyObject : kParameters, with_parameters, layout);
  if (!added) {
    Refusal refusal = std::move(added).refusal();
    if (refusal.where.starts_with('#')) refusal.where.erase(0, 1);
    refusal.where = where + refusal.where;
    if (is_strict(function)) return refusal;
    added = add_schema(grammar, kObject, options, layout);
    if (!added) return added.refusal();
  }
  Forms& forms = *added->forms;
  const Form& form = forms.form(forms.root());
  Tool result{name->text, added->automaton->value(forms.root()), {}, check_plain(form, where)};
  if (!result.not_by_parameter) result.parameters = parameters_of(*added, form, schema);
  tools_.push_back(std::move(result));
  return std::nullopt;
}

}  // namespace runtime::grammar::tags
