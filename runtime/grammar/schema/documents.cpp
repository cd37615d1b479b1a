// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/documents.h"

#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/schema/uri.h"

namespace runtime::grammar::schema {
namespace {

using json::Value;

std::uint32_t hash_of(const Value* value) {
  const auto bits = reinterpret_cast<std::uintptr_t>(value);
  return mix(mix(0, static_cast<std::uint32_t>(bits)),
             static_cast<std::uint32_t>(static_cast<std::uint64_t>(bits) >> 32));
}

const Value* find_string(const Value& schema, std::string_view key) {
  const Value* value = schema.find(key);
  return value != nullptr && value->is(Value::Kind::string) ? value : nullptr;
}

// Appends the pointer from `from` to `to`; false if it is not below.
bool append_pointer(Arena& arena, const Value& from, const Value* to, ByteString& out) {
  if (&from == to) return true;
  const std::size_t size = out.size();
  for (const json::Member& member : from.members) {
    out += '/';
    for (const char c : member.key) {
      if (c == '~' || c == '/') {
        out += c == '~' ? "~0" : "~1";
      } else {
        out += c;
      }
    }
    if (append_pointer(arena, member.value, to, out)) return true;
    out.resize(size);
  }
  for (std::size_t i = 0; i < from.items.size(); ++i) {
    out += '/';
    out += arena.decimal(i);
    if (append_pointer(arena, from.items[i], to, out)) return true;
    out.resize(size);
  }
  return false;
}

// The next token of a JSON pointer, unescaped; `pointer` goes on behind it.
ByteString take_token(std::string_view& pointer) {
  const std::string_view token = pointer.substr(1, pointer.find('/', 1) - 1);
  pointer.remove_prefix(token.size() + 1);
  ByteString out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    if (escape) ++i;
    out += escape && token[i] == '1' ? '/' : escape && token[i] == '0' ? '~' : token[i];
  }
  return out;
}

const Value* child(const Value& value, std::string_view token) {
  if (!value.is(Value::Kind::array)) return value.find(token);
  std::size_t index = 0;
  for (const char c : token) {
    if (c < '0' || c > '9' || index >= value.items.size()) return nullptr;
    index = 10 * index + static_cast<std::size_t>(c - '0');
  }
  return !token.empty() && index < value.items.size() ? &value.items[index] : nullptr;
}

}  // namespace

Documents::Documents(Arena& arena, const Value& schema, const SchemaOptions& options)
    : arena_(arena), options_(options) {
  add_document("", schema);
}

// --- finding resources and anchors --------------------------------------------------------------

std::uint32_t Documents::add_document(std::string_view uri, const Value& schema) {
  const std::uint32_t index =
      add_resource({.uri = split_fragment(uri).first,
                    .root = &schema,
                    .dialect = dialect_of(schema, {.draft = options_.draft}),
                    .is_document = true});
  if (const Value* id = find_string(schema, resources_[index].dialect.id_keyword())) {
    const std::string_view resolved = arena_.join({resolve_uri(resources_[index].uri, id->text)});
    if (!(resources_[index].dialect.ref_stands_alone() && schema.find("$ref") != nullptr))
      resources_[index].uri = split_fragment(resolved).first;
  }
  scan_anchors(schema, index);
  for_each_subschema(schema, [&](const Value& below) { scan(below, index); });
  return index;
}

std::uint32_t Documents::add_resource(const Resource& resource) {
  const auto index = static_cast<std::uint32_t>(resources_.size());
  by_root_.insert(hash_of(resource.root), index);
  resources_.push_back(resource);
  return index;
}

void Documents::scan(const Value& schema, std::uint32_t resource) {
  if (!schema.is(Value::Kind::object)) return;
  if (const auto own = identify(schema, resource)) resource = *own;
  scan_anchors(schema, resource);
  for_each_subschema(schema, [&](const Value& below) { scan(below, resource); });
}

// The resource that begins at `schema`, if its $id makes it one.
std::optional<std::uint32_t> Documents::identify(const Value& schema, std::uint32_t resource) {
  const Dialect dialect = dialect_of(schema, resources_[resource].dialect);
  const Value* id = find_string(schema, dialect.id_keyword());
  if (id == nullptr || id->text.starts_with('#')) return {};
  if (dialect.ref_stands_alone() && schema.find("$ref") != nullptr) return {};
  const std::string_view uri = arena_.join({resolve_uri(resources_[resource].uri, id->text)});
  return add_resource({split_fragment(uri).first, &schema, dialect});
}

void Documents::scan_anchors(const Value& schema, std::uint32_t resource) {
  const auto add = [&](std::string_view name, bool dynamic) {
    anchors_.push_back({resource, name, &schema, dynamic});
    resources_[resource].is_dynamic |= dynamic;
  };
  const Dialect& dialect = resources_[resource].dialect;
  if (dialect.ref_stands_alone()) {
    const Value* id = find_string(schema, dialect.id_keyword());
    if (id == nullptr || schema.find("$ref") != nullptr) return;
    const std::string_view name = split_fragment(id->text).second;
    if (!name.empty()) add(name, false);
    return;
  }
  if (const Value* anchor = find_string(schema, "$anchor")) add(anchor->text, false);
  if (dialect.draft == Draft::draft2020_12) {
    if (const Value* anchor = find_string(schema, "$dynamicAnchor")) add(anchor->text, true);
  } else if (const Value* anchor = schema.find("$recursiveAnchor")) {
    if (anchor->boolean && resources_[resource].root == &schema) add("", true);
  }
}

Dialect Documents::dialect_of(const Value& schema, Dialect otherwise, int depth) {
  const Value* uri = find_string(schema, "$schema");
  if (uri == nullptr) return otherwise;
  if (const auto draft = find_draft(uri->text)) {
    Dialect dialect{.draft = *draft};
    return dialect;
  }
  for (const SchemaDocument& document : options_.documents) {
    if (split_fragment(document.uri).first != split_fragment(uri->text).first) continue;
    if (depth > 4) return otherwise;
    const Dialect base = dialect_of(*document.schema, otherwise, depth + 1);
    return read_vocabularies(*document.schema, base).value_or(otherwise);
  }
  return otherwise;
}

// --- places and scopes --------------------------------------------------------------------------

std::optional<std::uint32_t> Documents::resource_at(const Value& schema) const {
  const std::uint32_t index = by_root_.find(
      hash_of(&schema), [&](std::uint32_t i) { return resources_[i].root == &schema; });
  if (index == IdTable::kNone) return {};
  return index;
}

Place Documents::below(const Place& place, const Value& value) const {
  return {&value, resource_at(value).value_or(place.resource), place.scope};
}

Place Documents::enter(Place place) {
  if (!resources_[place.resource].is_dynamic) return place;
  for (Scope s = place.scope; s != Scope{}; s = scopes_[static_cast<std::uint32_t>(s)].outer)
    if (scopes_[static_cast<std::uint32_t>(s)].resource == place.resource) return place;
  std::uint32_t i = 1;
  while (i < scopes_.size() &&
         (scopes_[i].outer != place.scope || scopes_[i].resource != place.resource))
    ++i;
  if (i == scopes_.size()) scopes_.push_back({place.scope, place.resource});
  place.scope = Scope{i};
  return place;
}

const Documents::Anchor* Documents::find_anchor(std::uint32_t resource,
                                                std::string_view name) const {
  const Anchor* found = nullptr;
  for (const Anchor& anchor : anchors_)
    if (anchor.resource == resource && anchor.name == name && (!found || anchor.dynamic))
      found = &anchor;
  return found;
}

const Documents::Anchor* Documents::outermost(Scope scope, std::string_view name) const {
  const Anchor* found = nullptr;
  for (; scope != Scope{}; scope = scopes_[static_cast<std::uint32_t>(scope)].outer) {
    const Anchor* anchor = find_anchor(scopes_[static_cast<std::uint32_t>(scope)].resource, name);
    if (anchor != nullptr && anchor->dynamic) found = anchor;
  }
  return found;
}

// --- references ---------------------------------------------------------------------------------

std::optional<std::uint32_t> Documents::find_resource(std::string_view uri) {
  for (std::size_t i = 0; i < resources_.size(); ++i)
    if (resources_[i].uri == uri) return static_cast<std::uint32_t>(i);
  for (const SchemaDocument& document : options_.documents)
    if (split_fragment(document.uri).first == uri) {
      const std::uint32_t added = add_document(document.uri, *document.schema);
      return added;
    }
  return {};
}

std::optional<Place> Documents::follow(Place place, std::string_view pointer) const {
  while (!pointer.empty()) {
    const Value* next = child(*place.schema, take_token(pointer));
    if (next == nullptr) return {};
    place = below(place, *next);
  }
  return place;
}

Result<Place> Documents::resolve(const Place& from, std::string_view reference) {
  const ByteString absolute = resolve_uri(resources_[from.resource].uri, reference);
  const auto [uri, raw] = split_fragment(absolute);
  const auto resource = find_resource(uri);
  if (!resource) return unknown(from, reference);
  const ByteString fragment = decode_percents(raw);
  const Place root{resources_[*resource].root, *resource, from.scope};
  if (fragment.empty()) return root;
  if (fragment[0] == '/') {
    if (const auto place = follow(root, fragment)) return *place;
  } else if (const Anchor* anchor = find_anchor(*resource, fragment)) {
    return Place{anchor->schema, *resource, from.scope};
  }
  return unknown(from, reference);
}

Result<Place> Documents::resolve_dynamic(const Place& from, std::string_view reference) {
  auto target = resolve(from, reference);
  const std::string_view name = split_fragment(reference).second;
  if (!target || name.empty() || name[0] == '/') return target;
  const Anchor* initial = find_anchor(target->resource, name);
  if (initial == nullptr || !initial->dynamic) return target;
  const Anchor* anchor = outermost(from.scope, name);
  return anchor != nullptr ? Place{anchor->schema, anchor->resource, from.scope} : *target;
}

Place Documents::resolve_recursive(const Place& from) const {
  const Anchor* initial = find_anchor(from.resource, "");
  const Anchor* anchor = initial != nullptr ? outermost(from.scope, "") : nullptr;
  if (anchor != nullptr) return {anchor->schema, anchor->resource, from.scope};
  return {resources_[from.resource].root, from.resource, from.scope};
}

Refusal Documents::unknown(const Place& from, std::string_view reference) const {
  return {arena_.join({"the reference ", reference, " leads to no known schema"}),
          where(*from.schema)};
}

const char* Documents::where(const Value& value) const {
  for (const Resource& resource : resources_) {
    ByteString pointer = {resource.root == resources_[0].root ? "" : resource.uri, "#"};
    if (resource.is_document && append_pointer(arena_, *resource.root, &value, pointer))
      return arena_.join({pointer});
  }
  return "#";
}

}  // namespace runtime::grammar::schema
