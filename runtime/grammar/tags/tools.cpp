// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/tools.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/forms.h"

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

// runtime/web/host/answer_parser.ts decides by the same rule what the parser takes for a string.
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
Refusal check_plain(const Form& form, const char* where) {
  const auto refusal = [&](const char* message) { return Refusal{message, where}; };
  if (form.objects.size() != 1)
    return refusal("arguments that are one of several objects cannot be written one by one");
  const ObjectForm& object = form.objects[0];
  if (!object.options.empty() || !object.implications.empty())
    return refusal("arguments that depend on each other cannot be written one by one");
  const auto required = static_cast<std::uint32_t>(
      std::count_if(object.properties.begin(), object.properties.end(),
                    [](const schema::Property& property) { return property.required; }));
  if (object.min_properties > required || object.max_properties < object.properties.size())
    return refusal("a number of arguments cannot be enforced where they are written one by one");
  return {};
}

struct Added {
  SchemaAutomaton* automaton;
  Forms* forms;
};

Result<Added> add_schema(Grammar& grammar, std::string_view text,
                         const schema::SchemaOptions& options, const schema::Layout& layout) {
  if (!grammar.has_room()) return Refusal{"too many schemas in one grammar", "#"};
  const Value& schema = **json::parse(grammar.arena(), text);
  auto forms = Forms::compile(grammar.expressions(), schema, options);
  if (!forms) return forms.refusal();
  Added added{nullptr, forms->get()};
  auto automaton = std::make_unique<SchemaAutomaton>(grammar.next_index(), grammar.expressions(),
                                                     *std::move(forms), layout);
  if (const Refusal refusal = automaton->check()) return refusal;
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
    const char* where = grammar.arena().join({"#/tools/", grammar.arena().decimal(i)});
    const Refusal refusal = tools->add_tool(grammar, list.items[i], where, options, layout);
    if (refusal) return refusal;
  }
  return tools;
}

Refusal Tools::add_tool(Grammar& grammar, const Value& tool, const char* where,
                        const schema::SchemaOptions& options, const schema::Layout& layout) {
  Arena& arena = grammar.arena();
  const Value* inner = tool.find("function");
  if (inner != nullptr) where = arena.join({where, "/function"});
  const Value& function = inner == nullptr ? tool : *inner;
  const Value* name = function.find("name");
  if (name == nullptr || !name->is(Value::Kind::string) || name->text.empty())
    return {"a tool has no name", where};
  where = arena.join({where, "/parameters"});
  const Value* schema = function.find("parameters");
  if (schema != nullptr && schema->is(Value::Kind::null)) schema = nullptr;

  schema::SchemaOptions with_parameters = options;
  const schema::SchemaDocument document{kParametersUri, schema};
  if (schema != nullptr) with_parameters.documents = {&document, 1};
  Result<Added> added =
      add_schema(grammar, schema == nullptr ? kEmptyObject : kParameters, with_parameters, layout);
  if (!added) {
    std::string_view inside = added.refusal().where;
    if (inside.starts_with('#')) inside.remove_prefix(1);
    if (is_strict(function)) return {added.refusal().message, arena.join({where, inside})};
    added = add_schema(grammar, kObject, options, layout);
    if (!added) return added.refusal();
  }
  Forms& forms = *added->forms;
  const Form& form = forms.form(forms.root());
  Tool result{name->text, added->automaton->value(forms.root()), {}, check_plain(form, where)};
  if (!result.not_by_parameter) result.parameters = parameters_of(*added, form, schema);
  tools_.push_back(std::move(result));
  return {};
}

}  // namespace runtime::grammar::tags
