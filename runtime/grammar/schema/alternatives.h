// SPDX-License-Identifier: Apache-2.0
// Alternatives: a union of arrays (or of objects), each a plain conjunction, as a schema is brought
// into normal form. Conjunction multiplies unions out:
//
//   (A or B) and (C or D)   ->   A&C or A&D or B&C or B&D    less those that cannot be
//
// Each alternative knows which of its items or keys were evaluated, as unevaluatedItems and
// unevaluatedProperties ask for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/nodes.h"
#include "runtime/grammar/schema/normal_form.h"
#include "runtime/grammar/schema/scalars.h"

namespace runtime::grammar::schema {

enum class Composite : std::uint8_t { array, object };

struct Evaluated {
  regex::Regex keys = regex::kNothing;  // beside the properties that say so themselves
  std::uint32_t prefix = 0;             // of items; kNoLimit: all
  Node matching = kNoValue;             // items that are such values

  friend bool operator==(const Evaluated&, const Evaluated&) = default;
};

// The members that C++ would write itself are out of line here and below: they are large, and many
// functions would hold copies of them.
struct Alternative {
  ArrayForm array;    // one of these two is used
  ObjectForm object;  //
  Evaluated evaluated;

  Alternative();
  Alternative(const Alternative& other);
  Alternative(Alternative&& other) noexcept;
  Alternative& operator=(Alternative&& other) noexcept;
  ~Alternative();

  bool evaluates() const {
    return evaluated != Evaluated{} || std::ranges::any_of(object.properties, &Property::evaluated);
  }
};

class Alternatives {
 public:
  Alternatives();
  Alternatives(Alternative only);  // NOLINT: implicit
  Alternatives(const Alternatives& other);
  Alternatives(Alternatives&& other) noexcept;
  Alternatives& operator=(Alternatives&& other) noexcept;
  ~Alternatives();

  void add(Alternative alternative);
  void add(Alternatives others);
  void clear();

  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  Alternative& back() { return list_.back(); }
  Alternative* begin() { return list_.data(); }
  Alternative* end() { return list_.data() + list_.size(); }
  const Alternative* begin() const { return list_.data(); }
  const Alternative* end() const { return list_.data() + list_.size(); }

 private:
  List<Alternative> list_;
};

struct PatternProperty {
  regex::Regex key;
  Node value;
};

class Conjunction {
 public:
  Conjunction(regex::Expressions& e, Nodes& nodes, regex::Regex any_key)
      : e_(e), nodes_(nodes), any_key_(any_key) {}

  Alternative any() const;

  // `into` and `other`. False where nothing is in both, as far as that can be seen at once; `into`
  // is useless then.
  bool add(Alternative& into, const Alternative& other, Composite kind);
  bool add(ObjectForm& into, const ObjectForm& other);
  bool add(ArrayForm& into, const ArrayForm& other);

  // Drops alternatives all of whose objects are those of another one, too, and joins those whose
  // objects together are one alternative.
  void simplify(Alternatives& list);

  // Brings what follows from the rest into place; false where nothing is left.
  bool settle(ObjectForm& form);
  bool settle(ArrayForm& form);

  bool is_key(regex::Regex keys, std::string_view name);
  Node value_of(const ObjectForm& form, std::string_view name);  // of a name that no property has
  // The index of the property of that name, which comes to be where there is none.
  std::uint32_t property(ObjectForm& form, std::string_view name);
  // The values of `keys` and of evaluated properties have to be `inside`, too, others `outside`.
  void divide_keys(ObjectForm& form, regex::Regex keys, Node inside, Node outside);
  // To a form that allows any keys: values of keys that match, and of `others` that do not and that
  // no property has.
  void add_patterns(ObjectForm& form, std::span<const PatternProperty> patterns, Node others);
  // Options of the last demand for every key of `keys`, those of properties included that are not
  // evaluated.
  void demand_key(ObjectForm& form, std::uint32_t demand, regex::Regex keys, Node value);
  // Closes the gaps that demands left whose options are gone.
  static void number_demands(ObjectForm& form);
  static Node item_of(const ArrayForm& form, std::size_t index);

 private:
  bool includes(Node whole, Node part) const;
  bool includes(const ObjectForm& whole, const ObjectForm& part);
  static bool join(ObjectForm& into, const ObjectForm& other);
  void name_options(ObjectForm& form, std::uint32_t property);
  void add_classes(ObjectForm& into, const ObjectForm& other);
  void merge_classes(List<KeyClass>& classes);
  bool settle_demands(ObjectForm& form);
  void divide_classes(ObjectForm& form, regex::Regex keys, Node inside, Node outside);

  regex::Expressions& e_;
  Nodes& nodes_;
  regex::Regex any_key_;
};

}  // namespace runtime::grammar::schema
