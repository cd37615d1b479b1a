// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/structural_tags.h"

#include <memory>
#include <string_view>
#include <utility>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/json_schema.h"
#include "runtime/grammar/tags/markers.h"

namespace runtime::grammar::tags {
namespace {

using json::Value;
using regex::kEmptyText;
using regex::kNothing;
using regex::Regex;

struct Tag {
  std::string_view begin, end;
  State value;
};

// State 0: free text. States 1 and 2 of a tag: before and behind its value; the last: the end.
class TagAutomaton : public Automaton {
 public:
  TagAutomaton(std::uint32_t index, regex::Expressions& e, List<std::string_view> triggers,
               List<Tag> tags)
      : index_(index), e_(e), triggers_(std::move(triggers)), tags_(std::move(tags)) {}

  bool expand(State state, List<Edge>& edges) override {
    const std::uint32_t local = state.local();
    if (local == 0) return add_free(edges);
    const std::size_t tag = (local - 1) / 2;
    if (tag == tags_.size()) return true;
    if (local % 2 == 1) {
      edges.push_back(Edge::call(tags_[tag].value, at(local + 1)));
    } else if (tags_[tag].end.empty()) {
      return add_free(edges);
    } else {
      edges.push_back(Edge::read(e_.literal(tags_[tag].end), at(0)));
    }
    return false;
  }

 private:
  State at(std::size_t local) const { return State::of(index_, static_cast<std::uint32_t>(local)); }

  bool add_free(List<Edge>& edges) {
    Regex markers = kNothing;
    for (const std::string_view trigger : triggers_)
      markers = e_.either(markers, e_.literal(trigger));
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      for (const std::string_view trigger : triggers_) {
        if (!tags_[i].begin.starts_with(trigger)) continue;
        const Regex rest = e_.literal(tags_[i].begin.substr(trigger.size()));
        const Regex text = e_.concat(text_up_to(e_, trigger, markers), rest);
        if (!e_.is_nothing(text)) edges.push_back(Edge::read(text, at(2 * i + 1)));
      }
    }
    const Regex some = e_.without(text_without(e_, markers), kEmptyText);
    edges.push_back(Edge::read(some, at(2 * tags_.size() + 1)));
    return true;
  }

  std::uint32_t index_;
  regex::Expressions& e_;
  List<std::string_view> triggers_;
  List<Tag> tags_;
};

std::string_view text_of(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->is(Value::Kind::string) ? value->text : "";
}

constexpr Value kAnything{.kind = Value::Kind::boolean, .boolean = true};  // the schema true

Result<Tag> read_tag(Grammar& grammar, const Value& json, const char* where,
                     const schema::SchemaOptions& options, const schema::Layout& layout) {
  const Value* schema = json.find("schema");
  const auto value =
      schema::add_json_schema(grammar, schema == nullptr ? kAnything : *schema, options, layout);
  if (value) return Tag{text_of(json, "begin"), text_of(json, "end"), *value};
  std::string_view inside = value.refusal().where;
  if (inside.starts_with('#')) inside.remove_prefix(1);
  return Refusal{value.refusal().message, grammar.arena().join({where, "/schema", inside})};
}

bool begins_with_one(std::string_view text, const List<std::string_view>& triggers) {
  for (const std::string_view trigger : triggers)
    if (!trigger.empty() && text.starts_with(trigger)) return true;
  return false;
}

}  // namespace

Result<State> add_structural_tags(Grammar& grammar, std::string_view json,
                                  const schema::SchemaOptions& options,
                                  const schema::Layout& layout) {
  Arena& arena = grammar.arena();
  const auto description = json::parse(arena, json);
  if (!description) return description.refusal();
  const Value* list = (*description)->find("triggers");
  const Value* structures = (*description)->find("structures");
  if (list == nullptr || structures == nullptr)
    return Refusal{"structural tags want triggers and structures", "#"};
  List<std::string_view> triggers;
  for (const Value& trigger : list->items) triggers.push_back(trigger.text);
  List<Tag> tags;
  for (std::size_t i = 0; i < structures->items.size(); ++i) {
    const char* where = arena.join({"#/structures/", arena.decimal(i)});
    auto tag = read_tag(grammar, structures->items[i], where, options, layout);
    if (!tag) return tag.refusal();
    if (!begins_with_one(tag->begin, triggers))
      return Refusal{"a tag begins with none of the triggers", arena.join({where, "/begin"})};
    tags.push_back(*std::move(tag));
  }
  if (!grammar.has_room()) return Refusal{"too many schemas in one grammar", "#/structures"};
  const State start = State::of(grammar.next_index(), 0);
  grammar.add(std::make_unique<TagAutomaton>(grammar.next_index(), grammar.expressions(),
                                             std::move(triggers), std::move(tags)));
  return start;
}

}  // namespace runtime::grammar::tags
