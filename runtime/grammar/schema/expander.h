// SPDX-License-Identifier: Apache-2.0
// Expander: what the keywords of a schema mean, for each type on its own.
//
// Scalars are sets that are closed under "and", "or" and "not": they are computed. Arrays and
// objects are expanded into alternatives, and so are their negations (by De Morgan's laws, down to
// the negation of each keyword). oneOf takes the other branches off only where two of them overlap.
//
//   {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, objects:
//     "a" required, "b" forbidden   or   "b" required, "a" forbidden
//
// unevaluatedProperties and unevaluatedItems look at what the branches that hold have evaluated. So
// below them anyOf is expanded into the sets of branches that hold, each with what it evaluates.
// The more is evaluated, the weaker the constraint: sets may overlap (Mode::tracked) unless the
// constraint is negated (Mode::exact).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/result.h"
#include "runtime/grammar/schema/alternatives.h"
#include "runtime/grammar/schema/dialect.h"
#include "runtime/grammar/schema/documents.h"
#include "runtime/grammar/schema/nodes.h"
#include "runtime/grammar/schema/normal_form.h"
#include "runtime/grammar/schema/scalars.h"

namespace runtime::grammar::schema {

class Expander {
 public:
  Expander(regex::Expressions& e, const json::Value& schema, const SchemaOptions& options);

  Node root() { return node_at(documents_.root()); }
  Form form(Node node);
  Nodes& nodes() { return nodes_; }
  // Set by the first construct that cannot be had; what is returned from then on has no value.
  Refusal refusal() const { return refusal_; }

 private:
  enum class Mode : std::uint8_t { plain, tracked, exact };

  // A schema that is no boolean, with its keywords.
  struct Site {
    Place place;
    Keywords keywords;
    const json::Value* operator[](Keyword keyword) const { return keywords[keyword]; }
  };
  // What is known of a literal. Busy: it is being found out.
  struct Known {
    bool busy = false;
    std::optional<Scalars> scalars;
  };
  struct KnownAlternatives {
    bool busy = false;
    std::unique_ptr<Alternatives> list;
  };

  struct KnownFormat {
    std::string_view name;
    regex::Regex strings;
  };

  static constexpr std::size_t kMaxAlternatives = 2000;
  static constexpr std::size_t kMaxProduct = 256;  // or as many as there were before
  static constexpr std::uint32_t kMaxDepth = 256;

  // --- expander.cpp: nodes and literals
  Node node_at(Place place);
  Node child(const Place& place, const json::Value* schema);
  Node constant(const Place& place, const json::Value& value);
  const Site& site(Literal literal);
  List<Node> children(const Place& place, const json::Value* list);
  std::optional<Place> target(const Site& site, Keyword keyword);
  List<Node> conjuncts(const Site& site);
  void refuse(const char* message, const json::Value& at);
  std::uint32_t limit(const json::Value* value, std::uint32_t otherwise);

  Scalars scalars(Literal literal);
  Scalars scalars(Node node);
  Scalars compute(Literal literal, const Atom& atom);

  // --- expander_alternatives.cpp
  const Alternatives& alternatives(Literal literal, Composite kind, Mode mode);
  Alternatives alternatives(Node node, Composite kind, Mode mode);
  Alternatives compute(Literal literal, Composite kind, Mode mode);
  Alternatives product(const Alternatives& a, const Alternatives& b, Composite kind);
  void append(Alternatives& to, Alternatives from);
  bool are_disjoint(const Alternative& a, const Alternative& b, Composite kind);
  void drop_met_demands(ObjectForm& object);
  bool is_surely_empty(Node node);
  bool may_be_composite(Node node, std::uint32_t depth);
  bool is_possible(const Alternative& alternative, Composite kind);

  // --- applicators.cpp: keywords that combine schemas
  Alternatives positive(const Site& site, Composite kind, Mode mode);
  Alternatives negative(const Site& site, Composite kind);
  Alternatives branches(const Site& site, Composite kind, Mode mode);
  Alternatives any_of(std::span<const Node> nodes, Composite kind, Mode mode);
  Alternatives none_of(std::span<const Node> nodes, Composite kind);
  Alternatives one_of(std::span<const Node> nodes, Composite kind, Mode mode);
  Alternatives not_one_of(std::span<const Node> nodes, Composite kind);
  struct Condition {
    Node holds, then, otherwise;
  };
  Condition condition(const Site& site);
  Alternatives conditional(const Condition& condition, Composite kind, Mode mode);
  Alternatives dependent(const Place& map, bool negate, Mode mode);

  // --- unevaluated.cpp
  void add_unevaluated(const Site& site, Composite kind, Alternatives& alternatives);
  Alternatives not_unevaluated(const Site& site, Composite kind);

  // --- object_keywords.cpp. own_…: false where no object can be right
  bool own_object(const Site& site, Mode mode, Alternative& out);
  Alternatives not_own_object(const Site& site);
  Alternatives constant_object(const Place& place);
  Alternatives not_constant_object(const Place& place);
  List<PatternProperty> pattern_properties(const Site& site);
  regex::Regex property_names(const Site& site);
  regex::Regex evaluated_keys(const Site& site);
  void add_properties(const Site& site, ObjectForm& form);
  void demand_wrong_property(const Site& site, ObjectForm& form);

  // --- array_keywords.cpp
  struct Items {
    List<Node> prefix;
    Node rest = kAnyValue;
    bool has_rest = false;
  };
  bool own_array(const Site& site, Mode mode, Alternative& out);
  Alternatives not_own_array(const Site& site);
  Alternatives constant_array(const Place& place);
  Alternatives not_constant_array(const Place& place);
  Items items(const Site& site);
  std::optional<Contains> contains(const Site& site);

  // --- scalar_keywords.cpp
  Scalars scalars_of_schema(const Site& site);
  struct Overlaps {
    Scalars once;   // in one branch at least
    Scalars twice;  // in two at least
  };
  Overlaps overlaps(std::span<const Node> nodes, bool look_for_twice);
  Scalars one_of_scalars(std::span<const Node> nodes);
  Scalars conditional_scalars(const Condition& condition);
  Scalars constant_scalars(const json::Value& value);
  Scalars enumeration(const json::Value& values);
  Scalars types(const json::Value& type);
  regex::Regex numbers(const Site& site);
  regex::Regex equal_number(const json::Value& number);
  regex::Regex strings(const Site& site);
  regex::Regex pattern(std::string_view text, const json::Value& at);
  regex::Regex format(const json::Value& name);

  regex::Expressions& e_;
  Documents documents_;
  Nodes nodes_;
  ScalarSets sets_;
  Conjunction conjunction_;
  List<std::unique_ptr<Site>> sites_;     // by literal
  List<Known> scalars_;                   // by literal
  List<KnownAlternatives> alternatives_;  // by literal, type and mode
  List<std::uint8_t> emptiness_;
  Refusal refusal_;
  std::uint32_t depth_ = 0;
  bool assert_formats_;
  List<KnownFormat> formats_;
};

bool is_scalar(const json::Value& value);
bool is_true(const json::Value* value);
// Whether a `type`, where there is one, has arrays (or objects).
bool allows(const json::Value* type, Composite kind);

}  // namespace runtime::grammar::schema
