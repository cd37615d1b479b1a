// SPDX-License-Identifier: Apache-2.0
// unevaluatedProperties and unevaluatedItems: what no branch that holds has looked at.
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

// After all other keywords: what `alternatives` have not evaluated is such a value.
void Expander::add_unevaluated(const Site& site, Composite kind, Alternatives& alternatives) {
  Alternatives kept;
  for (Alternative& a : alternatives) {
    bool possible = false;
    if (kind == Composite::object) {
      const Node rest = child(site.place, site[Keyword::unevaluated_properties]);
      conjunction_.divide_keys(a.object, a.evaluated.keys, kAnyValue, rest);
      possible = conjunction_.settle(a.object);
      a.evaluated = {.keys = sets_.all().string};
    } else {
      const Node rest = child(site.place, site[Keyword::unevaluated_items]);
      if (a.evaluated.prefix != kNoLimit) {
        ArrayForm others{.prefix = List<Node>(a.evaluated.prefix, kAnyValue),
                         .rest = nodes_.either(rest, a.evaluated.matching)};
        possible = conjunction_.add(a.array, others);
      } else {
        possible = true;
      }
      a.evaluated = {.prefix = kNoLimit};
    }
    if (possible) kept.add(std::move(a));
  }
  alternatives = std::move(kept);
}

// The other keywords hold, and something that they have not evaluated is wrong.
Alternatives Expander::not_unevaluated(const Site& site, Composite kind) {
  Alternatives kept;
  for (Alternative& a : branches(site, kind, Mode::exact)) {
    bool possible = false;
    if (kind == Composite::object) {
      const Node wrong = nodes_.negation(child(site.place, site[Keyword::unevaluated_properties]));
      const regex::Regex others = e_.without(sets_.all().string, a.evaluated.keys);
      conjunction_.demand_key(a.object, a.object.demands(), others, wrong);
      possible = conjunction_.settle(a.object);
    } else if (a.evaluated.prefix != kNoLimit) {
      const Node right =
          nodes_.either(child(site.place, site[Keyword::unevaluated_items]), a.evaluated.matching);
      a.array.contains.push_back(
          {.item = nodes_.negation(right), .from = a.evaluated.prefix, .min = 1});
      possible = conjunction_.settle(a.array);
    }
    a.evaluated = {};
    for (Property& property : a.object.properties) property.evaluated = false;
    if (possible) kept.add(std::move(a));
  }
  return kept;
}

}  // namespace runtime::grammar::schema
