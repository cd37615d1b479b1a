// SPDX-License-Identifier: Apache-2.0
// The states of objects.
#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/automaton.h"

namespace runtime::grammar::schema {
namespace {

using regex::Expressions;
using regex::kEmptyText;
using regex::kNothing;
using regex::Regex;

// Up to so many keys have an edge each, which needs no look at the text.
constexpr std::ptrdiff_t kFewKeys = 16;

bool matches(Expressions& e, Regex expression, std::string_view text) {
  for (const char byte : text) {
    expression = e.derivative(expression, static_cast<std::uint8_t>(byte));
  }
  return e.is_nullable(expression);
}

// The quoted key in what a key's edge read.
std::string_view key_in(std::string_view text) {
  const std::size_t first = std::min(text.find('"'), text.size());
  std::size_t last = first + 1;
  while (last < text.size() && text[last] != '"') last += text[last] == '\\' ? 2 : 1;
  return text.substr(first, last + 1 - first);
}

}  // namespace

State SchemaAutomaton::object_state(std::uint32_t shape, const ObjectState& state) {
  Words words = {kObject,
                 shape,
                 state.started ? 1U : 0U,
                 state.position,
                 state.count,
                 state.met,
                 static_cast<std::uint32_t>(state.seen.size())};
  for (const ObjectState::Seen& seen : state.seen) {
    words.push_back(seen.free);
    words.push_back(seen.number);
  }
  words.append(state.present);
  return make(words);
}

ObjectState SchemaAutomaton::object_of(const Words& words) const {
  ObjectState state{words[2] != 0, words[3], words[4], words[5], {}, {}};
  std::size_t at = 7;
  for (std::uint32_t i = 0; i < words[6]; ++i, at += 2) {
    state.seen.push_back({words[at], words[at + 1]});
  }
  state.present.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return state;
}

void SchemaAutomaton::expand_object(const Words& words, List<Edge>& edges) {
  const std::uint32_t shape = words[1];
  const ObjectState state = object_of(words);
  const Regex prefix = state.started ? punctuation_.comma : kEmptyText;
  add_keys(shape, state, prefix, edges);
  add_free_keys(shape, state, prefix, edges);
  if (objects_[shape]->object.may_close(state)) {
    const Regex close = state.started ? punctuation_.close_object : punctuation_.close_empty_object;
    edges.push_back(Edge::read(close, make({{kEnd}})));
  }
}

void SchemaAutomaton::add_keys(std::uint32_t shape, const ObjectState& state, Regex prefix,
                               List<Edge>& edges) {
  ObjectShape& object = *objects_[shape];
  const List<std::uint8_t> next = object.object.next_keys(state);
  const bool few = std::ranges::count(next, 1) <= kFewKeys;
  for (std::uint32_t key = 0; key < next.size();) {
    // The greatest block from here that holds only keys that may come next.
    std::uint32_t level = 0;
    while (!few && next[key] && (key >> level & 1) == 0) {
      const std::uint32_t end = key + (2U << level);
      if (end > next.size()) break;
      const auto from = next.begin() + key;
      if (std::find(from, next.begin() + end, 0) != next.begin() + end) break;
      ++level;
    }
    if (next[key] && level == 0) {
      const Regex text[] = {prefix, e_.literal(object.object.text(key)), punctuation_.colon};
      add_values(e_.concat(text), shape, object.object.keys()[key].meetings,
                 object.object.after(state, key), edges);
    } else if (next[key]) {
      const Regex text[] = {prefix, block(object, level, key >> level), punctuation_.colon};
      Edge edge = Edge::read(e_.concat(text), {});
      edge.captures = true;
      edges.push_back(edge);
    }
    key += 1U << level;
  }
}

void SchemaAutomaton::add_values(Regex prefix, std::uint32_t shape,
                                 const Object::Meetings& meetings, ObjectState next,
                                 List<Edge>& edges) {
  for (const Object::Meeting& meeting : objects_[shape]->object.next_values(meetings, next)) {
    next.met = meeting.met;
    add_value(prefix, meeting.value, object_state(shape, next), edges);
  }
}

Regex SchemaAutomaton::block(ObjectShape& shape, std::size_t level, std::size_t index) {
  if (shape.blocks.size() <= level) shape.blocks.resize(level + 1);
  List<Regex>& row = shape.blocks[level];
  if (row.empty()) row.assign((shape.object.keys().size() >> level) + 1, kNothing);
  if (row[index] == kNothing) {
    List<std::string_view> texts;
    for (std::size_t key = index << level; key < (index + 1) << level; ++key) {
      texts.push_back(shape.object.text(static_cast<std::uint32_t>(key)));
    }
    row[index] = e_.literals(texts);
  }
  return row[index];
}

void SchemaAutomaton::add_free_keys(std::uint32_t shape, const ObjectState& state, Regex prefix,
                                    List<Edge>& edges) {
  const Object& object = objects_[shape]->object;
  for (std::size_t free = 0; free < object.free_keys().size(); ++free) {
    if (!object.next_free_keys(state, free)) continue;
    Regex key = object.free_keys()[free].key;
    const bool captures = object.tells_apart(state);
    for (const ObjectState::Seen& seen : state.seen) {
      if (seen.free == free) key = e_.without(key, e_.literal(text_of(seen.number)));
    }
    if (e_.is_nothing(key)) continue;
    const Regex text[] = {prefix, key, punctuation_.colon};
    if (captures) {
      Edge edge = Edge::read(e_.concat(text), {});
      edge.captures = true;
      edges.push_back(edge);
      continue;
    }
    add_values(e_.concat(text), shape, object.free_keys()[free].meetings,
               object.after_free(state, free, 0), edges);
  }
}

std::optional<State> SchemaAutomaton::after_key(const Words& words, std::string_view text) {
  const std::uint32_t shape = words[1];
  const Object& object = objects_[shape]->object;
  const ObjectState state = object_of(words);
  const std::string_view key = key_in(text);

  Object::Meetings meetings;
  ObjectState next;
  std::uint32_t known = 0;
  while (known < object.keys().size() && object.text(known) != key) ++known;
  if (known < object.keys().size()) {
    meetings = object.keys()[known].meetings;
    next = object.after(state, known);
  }
  for (std::size_t free = 0; meetings.end == 0 && free < object.free_keys().size(); ++free) {
    if (!matches(e_, object.free_keys()[free].key, key)) continue;
    meetings = object.free_keys()[free].meetings;
    next = object.after_free(state, free, number_of(key));
  }
  Words pick = {kPick};
  for (const Object::Meeting& meeting : object.next_values(meetings, next)) {
    next.met = meeting.met;
    pick.push_back(static_cast<std::uint32_t>(meeting.value));
    pick.push_back(object_state(shape, next).id);
  }
  if (pick.size() == 1) return std::nullopt;
  return make(pick);
}

}  // namespace runtime::grammar::schema
