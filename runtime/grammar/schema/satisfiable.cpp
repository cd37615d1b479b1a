// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/satisfiable.h"

#include <cstddef>
#include <span>
#include <string_view>

#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/schema/arrays.h"
#include "runtime/grammar/schema/objects.h"

namespace runtime::grammar::schema {
namespace {

using regex::ByteSet;
using regex::Expressions;
using regex::Regex;

constexpr std::string_view kNumber = R"(0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d*[1-9])";

// Every escape that has a shorter spelling is left out.
Regex one_character(Expressions& e) {
  const ByteSet hex = ByteSet::range('0', '9') | ByteSet::range('a', 'f');
  const Regex escapes[] = {e.bytes(ByteSet::of("\"\\bfnrt")),
                           e.concat(e.literal("u000"), e.bytes(hex & ~ByteSet::of("89acd"))),
                           e.concat(e.literal("u001"), e.bytes(hex))};
  return e.either(e.bytes(ByteSet::range(0x20, 0xff) & ~ByteSet::of("\"\\")),
                  e.concat(e.literal("\\"), e.either(escapes)));
}

}  // namespace

Regex Satisfiable::one_spelling() {
  if (one_spelling_ == regex::kNothing) {
    const Regex quote = e_.literal("\"");
    const Regex string[] = {quote, e_.repeat(one_character(e_), 0, regex::kUnbounded), quote};
    const Regex parts[] = {e_.concat(string), *regex::parse_pattern(e_, kNumber, {}),
                           e_.literal("true"), e_.literal("false"), e_.literal("null")};
    one_spelling_ = e_.either(parts);
  }
  return one_spelling_;
}

Satisfiable::Answer& Satisfiable::answer(Node node) {
  const auto index = static_cast<std::size_t>(node);
  if (index >= answers_.size()) answers_.resize(index + index / 2 + 16);
  return answers_[index];
}

bool Satisfiable::has_value(Node node) {
  if (!answer(node).seen) {
    answer(node).seen = true;
    order_.push_back(node);
    if (!settling_) settle();
  }
  return answer(node).scalar || answer(node).composite;
}

bool Satisfiable::has_composite(Node node) { return has_value(node) && answer(node).composite; }

// Evaluates what was seen last first, since the others ask for it, until nothing new comes of it.
void Satisfiable::settle() {
  settling_ = true;
  const std::size_t known = order_.size() - 1;
  for (std::size_t i = known; i < order_.size() && refusal_ == nullptr; ++i) evaluate(order_[i]);
  for (bool changed = true; changed && refusal_ == nullptr;) {
    const std::size_t count = order_.size();
    changed = false;
    for (std::size_t i = count; i-- > known;) changed |= evaluate(order_[i]);
    changed |= order_.size() > count;
  }
  settling_ = false;
}

// True where more is known than before.
bool Satisfiable::evaluate(Node node) {
  if (answer(node).composite) return false;
  const Form& form = forms_.form(node);
  if (!e_.fuel().spend(1 + form.arrays.size() + form.objects.size())) return false;
  bool composite = false;
  for (const ArrayForm& array : form.arrays) composite |= evaluate(array);
  for (const ObjectForm& object : form.objects) composite |= evaluate(object);
  const Answer before = answer(node);
  answer(node) = {true, !e_.is_nothing(form.scalars), composite};
  return composite || answer(node).scalar != before.scalar;
}

bool Satisfiable::evaluate(const ArrayForm& form) { return Array(form, *this).has_value(); }

bool Satisfiable::evaluate(const ObjectForm& form) {
  e_.fuel().spend(form.properties.size());
  if (refusal_ == nullptr) refusal_ = Object::refusal(form);
  if (refusal_ != nullptr) return false;
  bool required = true;
  for (const Property& property : form.properties) {
    if (!has_value(property.value)) required &= !property.required;
  }
  for (const KeyClass& keys : form.classes) has_value(keys.value);
  if (!required) return false;
  const bool plain = form.min_properties == 0 && form.max_properties == kNoLimit &&
                     form.options.empty() && form.implications.empty();
  return plain || Object(form, *this, KeyOrder::any).has_value();
}

Refusal Satisfiable::explore(Node root) {
  const bool possible = has_value(root);
  if (refusal_ != nullptr) return Refusal{refusal_, "#"};
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const Form& form = forms_.form(order_[i]);
    for (const ArrayForm& array : form.arrays) {
      const char* refusal = Array(array, *this).refusal();
      if (refusal != nullptr) return Refusal{refusal, "#"};
    }
  }
  if (forms_.refusal()) return forms_.refusal();
  if (e_.fuel().exhausted()) return Refusal{"the schema needs too much work", "#"};
  if (!possible) return Refusal{"no value is valid against the schema", "#"};
  return {};
}

}  // namespace runtime::grammar::schema
