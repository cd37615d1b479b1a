// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/automaton.h"

#include <utility>

#include "runtime/grammar/list.h"

namespace runtime::grammar::schema {
namespace {

using regex::Expressions;
using regex::kEmptyText;
using regex::Regex;

}  // namespace

SchemaAutomaton::SchemaAutomaton(std::uint32_t index, Expressions& e, std::unique_ptr<Forms> forms,
                                 const Layout& layout)
    : index_(index),
      e_(e),
      forms_(std::move(forms)),
      layout_(layout),
      punctuation_(e, layout.whitespace),
      satisfiable_(*forms_, e) {}

State SchemaAutomaton::make(std::span<const std::uint32_t> words) {
  const std::uint32_t local = states_.intern(words);
  if (local >= 1U << State::kLocalBits) {
    e_.fuel().spend(~std::uint64_t{0});  // no answer visits so many
    return State::of(index_, 0);
  }
  return State::of(index_, local);
}

SchemaAutomaton::Words SchemaAutomaton::words_of(State state) const {
  const auto words = states_[state.local()];
  return {words.begin(), words.end()};
}

State SchemaAutomaton::start() {
  const auto kind = layout_.whitespace == Whitespace::any ? kText : kValue;
  return make({{kind, static_cast<std::uint32_t>(forms_->root())}});
}

std::uint32_t SchemaAutomaton::shape(Node node, std::size_t alternative, bool is_object) {
  const std::uint32_t key[] = {static_cast<std::uint32_t>(node),
                               static_cast<std::uint32_t>(alternative), is_object ? 1U : 0U};
  const std::uint32_t id = shape_ids_.intern(key);
  if (id < objects_.size()) return id;
  const Form& form = satisfiable_.form(node);
  objects_.emplace_back();
  arrays_.emplace_back();
  if (is_object) {
    Object object(form.objects[alternative], satisfiable_, layout_.key_order);
    objects_[id] = std::make_unique<ObjectShape>(ObjectShape{std::move(object), {}});
  } else {
    arrays_[id] = std::make_unique<Array>(form.arrays[alternative], satisfiable_);
  }
  return id;
}

void SchemaAutomaton::add_value(Regex prefix, Node node, State next, List<Edge>& edges) {
  const Regex scalars = satisfiable_.form(node).scalars;
  if (!e_.is_nothing(scalars)) edges.push_back(Edge::read(e_.concat(prefix, scalars), next));
  if (!satisfiable_.has_composite(node)) return;
  const State composite = make({{kComposite, static_cast<std::uint32_t>(node)}});
  if (prefix == kEmptyText) {
    edges.push_back(Edge::call(composite, next));
  } else {
    edges.push_back(Edge::read(prefix, make({{kCall, composite.id, next.id}})));
  }
}

bool SchemaAutomaton::expand(State state, List<Edge>& edges) {
  const Words words = words_of(state);
  switch (words[0]) {
    case kEnd:
      return true;
    case kText: {
      const Node root{words[1]};
      const State tail = make({{kTail}});
      add_value(kEmptyText, root, tail, edges);
      add_value(punctuation_.some_gap, root, tail, edges);
      return false;
    }
    case kTail:
      edges.push_back(Edge::read(punctuation_.some_gap, make({{kEnd}})));
      return true;
    case kValue:
      add_value(kEmptyText, Node{words[1]}, make({{kEnd}}), edges);
      return false;
    case kComposite:
      expand_composite(Node{words[1]}, edges);
      return false;
    case kCall:
      edges.push_back(Edge::call(State{words[1]}, State{words[2]}));
      return false;
    case kPick:
      for (std::size_t i = 1; i < words.size(); i += 2) {
        add_value(kEmptyText, Node{words[i]}, State{words[i + 1]}, edges);
      }
      return false;
    case kObject:
      expand_object(words, edges);
      return false;
    default:
      expand_array(words, edges);
      return false;
  }
}

void SchemaAutomaton::expand_composite(Node node, List<Edge>& edges) {
  const std::size_t arrays = satisfiable_.form(node).arrays.size();
  const std::size_t objects = satisfiable_.form(node).objects.size();
  for (std::size_t i = 0; i < arrays; ++i) {
    const std::uint32_t id = shape(node, i, false);
    if (!arrays_[id]->has_value()) continue;
    const State first = array_state(id, arrays_[id]->start(), false);
    edges.push_back(Edge::read(punctuation_.open_array, first));
  }
  for (std::size_t i = 0; i < objects; ++i) {
    const std::uint32_t id = shape(node, i, true);
    if (!objects_[id]->object.has_value()) continue;
    const State first = object_state(id, objects_[id]->object.start());
    edges.push_back(Edge::read(punctuation_.open_object, first));
  }
}

std::optional<State> SchemaAutomaton::after(State state, std::size_t edge, std::string_view text) {
  const Words words = words_of(state);
  return words[0] == kObject ? after_key(words, text) : after_item(words, edge, text);
}

std::uint32_t SchemaAutomaton::number_of(std::string_view text) {
  Words words;
  for (const char byte : text) words.push_back(static_cast<unsigned char>(byte));
  return texts_.intern(words);
}

ByteString SchemaAutomaton::text_of(std::uint32_t number) const {
  ByteString text;
  for (const std::uint32_t word : texts_[number]) text += static_cast<char>(word);
  return text;
}

}  // namespace runtime::grammar::schema
