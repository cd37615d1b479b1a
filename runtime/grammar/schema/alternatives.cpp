// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/alternatives.h"

#include <algorithm>
#include <utility>

namespace runtime::grammar::schema {

Alternative::Alternative() = default;
Alternative::Alternative(const Alternative& other) = default;
Alternative::Alternative(Alternative&& other) noexcept = default;
Alternative& Alternative::operator=(Alternative&& other) noexcept = default;
Alternative::~Alternative() = default;

Alternatives::Alternatives() = default;
Alternatives::Alternatives(Alternative only) { list_.push_back(std::move(only)); }
Alternatives::Alternatives(const Alternatives& other) = default;
Alternatives::Alternatives(Alternatives&& other) noexcept = default;
Alternatives& Alternatives::operator=(Alternatives&& other) noexcept = default;
Alternatives::~Alternatives() = default;

void Alternatives::add(Alternative alternative) { list_.push_back(std::move(alternative)); }
void Alternatives::add(Alternatives others) {
  for (Alternative& other : others) list_.push_back(std::move(other));
}
void Alternatives::clear() { list_.clear(); }

Alternative Conjunction::any() const {
  Alternative all;
  all.object.classes.push_back({any_key_, kAnyValue});
  return all;
}

bool Conjunction::add(Alternative& into, const Alternative& other, Composite kind) {
  into.evaluated.keys = into.evaluated.keys == any_key_ || other.evaluated.keys == any_key_
                            ? any_key_
                            : e_.either(into.evaluated.keys, other.evaluated.keys);
  into.evaluated.prefix = std::max(into.evaluated.prefix, other.evaluated.prefix);
  into.evaluated.matching = nodes_.either(into.evaluated.matching, other.evaluated.matching);
  return kind == Composite::array ? add(into.array, other.array) : add(into.object, other.object);
}

}  // namespace runtime::grammar::schema
