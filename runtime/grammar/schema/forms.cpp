// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/forms.h"

#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

struct Forms::State {
  State(regex::Expressions& e, const json::Value& schema, const SchemaOptions& options)
      : expander(e, schema, options), root(expander.root()) {}

  Expander expander;
  Node root;
  List<std::unique_ptr<Form>> forms;  // by node
};

Forms::Forms(std::unique_ptr<State> state) : state_(std::move(state)) {}
Forms::~Forms() = default;

namespace {

template <class Visit>
void for_each_child(const Form& form, Visit&& visit) {
  for (const ArrayForm& array : form.arrays) {
    for (const Node item : array.prefix) visit(item);
    visit(array.rest);
    for (const Contains& contains : array.contains) visit(contains.item);
  }
  for (const ObjectForm& object : form.objects) {
    for (const Property& property : object.properties) visit(property.value);
    for (const KeyClass& keys : object.classes) visit(keys.value);
    for (const Option& option : object.options) visit(option.value);
  }
}

}  // namespace

Result<std::unique_ptr<Forms>> Forms::compile(regex::Expressions& e, const json::Value& schema,
                                              const SchemaOptions& options) {
  auto state = std::make_unique<State>(e, schema, options);
  std::unique_ptr<Forms> forms(new Forms(std::move(state)));
  List<Node> open = {forms->root()};
  List<bool> seen;
  while (!open.empty() && !forms->refusal()) {
    const Node node = open.back();
    open.pop_back();
    const auto index = static_cast<std::size_t>(node);
    if (index >= seen.size()) seen.resize(2 * index + 16);
    if (seen[index]) continue;
    seen[index] = true;
    for_each_child(forms->form(node), [&](Node child) { open.push_back(child); });
  }
  if (forms->refusal()) return forms->refusal();
  return forms;
}

Node Forms::root() const { return state_->root; }

const Form& Forms::form(Node node) {
  const auto index = static_cast<std::size_t>(node);
  if (index >= state_->forms.size()) state_->forms.resize(2 * index + 16);
  auto& form = state_->forms[index];
  if (form == nullptr) form = std::make_unique<Form>(state_->expander.form(node));
  return *form;
}

Refusal Forms::refusal() const { return state_->expander.refusal(); }

Node Forms::both(Node a, Node b) { return state_->expander.nodes().both(a, b); }
Node Forms::negation(Node a) { return state_->expander.nodes().negation(a); }

}  // namespace runtime::grammar::schema
