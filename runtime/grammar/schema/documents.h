// SPDX-License-Identifier: Apache-2.0
// Documents: where references lead. A resource is a schema with a URI of its own (the document, and
// whatever has an $id in it); a place is a schema with the resource that it belongs to.
//
//   documents.resolve({&schema, 0}, "#/$defs/name");       // by pointer
//   documents.resolve({&schema, 0}, "other.json#anchor");  // by URI, relative to the resource
//
// A dynamic scope is the list of resources that were entered on the way to a place, outermost
// first. Only resources with dynamic anchors are in it, and each once: no reference looks further.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/dialect.h"
#include "runtime/grammar/schema/forms.h"

namespace runtime::grammar::schema {

enum class Scope : std::uint32_t {};

struct Place {
  const json::Value* schema = nullptr;
  std::uint32_t resource = 0;
  Scope scope = {};
};

class Documents {
 public:
  Documents(Arena& arena, const json::Value& schema, const SchemaOptions& options);

  Place root() const { return {resources_[0].root}; }
  const Dialect& dialect(const Place& place) const { return resources_[place.resource].dialect; }

  // A value below `place`, with the resource that begins there if one does.
  Place below(const Place& place, const json::Value& value) const;
  // The same place, its resource in its scope.
  Place enter(Place place);

  // Where $ref, $dynamicRef and $recursiveRef of a schema at `from` lead.
  Result<Place> resolve(const Place& from, std::string_view reference);
  Result<Place> resolve_dynamic(const Place& from, std::string_view reference);
  Place resolve_recursive(const Place& from) const;

  // The JSON pointer of a value, as refusals give it; of another document after its URI.
  const char* where(const json::Value& value) const;

 private:
  struct Resource {
    std::string_view uri;
    const json::Value* root;
    Dialect dialect;
    bool is_document = false;
    bool is_dynamic = false;  // has a dynamic anchor
  };
  struct Anchor {
    std::uint32_t resource;
    std::string_view name;  // of $recursiveAnchor: empty
    const json::Value* schema;
    bool dynamic;
  };
  struct ScopeLink {
    Scope outer;
    std::uint32_t resource;
  };

  std::uint32_t add_document(std::string_view uri, const json::Value& schema);
  std::uint32_t add_resource(const Resource& resource);
  void scan(const json::Value& schema, std::uint32_t resource);
  void scan_anchors(const json::Value& schema, std::uint32_t resource);
  std::optional<std::uint32_t> identify(const json::Value& schema, std::uint32_t resource);
  Dialect dialect_of(const json::Value& schema, Dialect otherwise, int depth = 0);
  std::optional<std::uint32_t> find_resource(std::string_view uri);
  const Anchor* find_anchor(std::uint32_t resource, std::string_view name) const;
  std::optional<Place> follow(Place place, std::string_view pointer) const;
  std::optional<std::uint32_t> resource_at(const json::Value& schema) const;
  const Anchor* outermost(Scope scope, std::string_view name) const;
  Refusal unknown(const Place& from, std::string_view reference) const;

  Arena& arena_;
  SchemaOptions options_;
  List<Resource> resources_;
  IdTable by_root_;
  List<Anchor> anchors_;
  List<ScopeLink> scopes_ = {{}};  // 0: the empty one
};

}  // namespace runtime::grammar::schema
