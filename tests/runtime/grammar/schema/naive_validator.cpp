// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/grammar/schema/naive_validator.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/grammar/schema/numbers.h"

namespace tests::schema {
namespace {

using runtime::grammar::json::Member;
using runtime::grammar::json::Value;
using runtime::grammar::schema::compare;
using runtime::grammar::schema::Decimal;
using runtime::grammar::schema::parse_decimal;
using Kind = Value::Kind;

// Exponents beyond all measure stand only where no keyword looks at the number.
Decimal number(const Value& value) { return parse_decimal(value.text).value_or(Decimal{}); }

// `divisor` has at most three digits behind its point.
bool is_multiple(const Decimal& value, const Decimal& divisor) {
  const auto thousandths = [](const Decimal& d) {
    return std::string(d.integer) + (std::string(d.fraction) + "000").substr(0, 3);
  };
  if (value.fraction.size() > 3) return false;
  const long long modulus = std::stoll(thousandths(divisor));
  long long remainder = 0;
  for (const char digit : thousandths(value)) remainder = (remainder * 10 + digit - '0') % modulus;
  return remainder == 0;
}

bool equal(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.boolean == b.boolean;
    case Kind::number:
      return number(a) == number(b);
    case Kind::string:
      return a.text == b.text;
    case Kind::array:
      return std::ranges::equal(a.items, b.items, equal);
    case Kind::object:
      break;
  }
  return a.members.size() == b.members.size() &&
         std::ranges::all_of(a.members, [&](const Member& member) {
           const Value* other = b.find(member.key);
           return other != nullptr && equal(member.value, *other);
         });
}

// What a schema has evaluated of a value, for the unevaluated keywords.
struct Evaluated {
  std::vector<bool> items;
  std::vector<std::string> keys;

  void add(const Evaluated& other) {
    if (items.size() < other.items.size()) items.resize(other.items.size());
    for (std::size_t i = 0; i < other.items.size(); ++i) items[i] = items[i] || other.items[i];
    keys.insert(keys.end(), other.keys.begin(), other.keys.end());
  }
  void add_item(std::size_t index) {
    if (items.size() <= index) items.resize(index + 1);
    items[index] = true;
  }
  bool has_item(std::size_t index) const { return index < items.size() && items[index]; }
  bool has_key(std::string_view key) const { return std::ranges::count(keys, key) != 0; }
};

class Validator {
 public:
  explicit Validator(const Value& root) : root_(root) {}

  bool check(const Value& schema, const Value& value, Evaluated& evaluated) {
    if (schema.is(Kind::boolean)) return schema.boolean;
    bool ok =
        check_any(schema, value) && check_number(schema, value) && check_string(schema, value);
    ok = ok && check_applicators(schema, value, evaluated);
    ok = ok && check_array(schema, value, evaluated);
    return ok && check_object(schema, value, evaluated);
  }

 private:
  bool holds(const Value& schema, const Value& value) {
    Evaluated ignored;
    return check(schema, value, ignored);
  }

  // A branch sees nothing of what others have evaluated; what holds adds to it.
  bool check_branch(const Value& schema, const Value& value, Evaluated& evaluated) {
    Evaluated inner;
    if (!check(schema, value, inner)) return false;
    evaluated.add(inner);
    return true;
  }

  static bool has_type(const Value& value, std::string_view type) {
    if (type == "integer") return value.is(Kind::number) && number(value).fraction.empty();
    constexpr std::string_view kNames[] = {"null",   "boolean", "number",
                                           "string", "array",   "object"};
    return kNames[static_cast<std::size_t>(value.kind)] == type;
  }

  bool check_any(const Value& schema, const Value& value) {
    if (const Value* type = schema.find("type")) {
      const bool ok = type->is(Kind::string)
                          ? has_type(value, type->text)
                          : std::ranges::any_of(type->items, [&](const Value& one) {
                              return has_type(value, one.text);
                            });
      if (!ok) return false;
    }
    if (const Value* constant = schema.find("const"); constant && !equal(*constant, value)) {
      return false;
    }
    const Value* values = schema.find("enum");
    return values == nullptr ||
           std::ranges::any_of(values->items, [&](const Value& one) { return equal(one, value); });
  }

  bool check_number(const Value& schema, const Value& value) {
    if (!value.is(Kind::number)) return true;
    const Decimal x = number(value);
    if (const Value* v = schema.find("minimum"); v && compare(x, number(*v)) < 0) return false;
    if (const Value* v = schema.find("maximum"); v && compare(x, number(*v)) > 0) return false;
    if (const Value* v = schema.find("exclusiveMinimum"); v && compare(x, number(*v)) <= 0)
      return false;
    if (const Value* v = schema.find("exclusiveMaximum"); v && compare(x, number(*v)) >= 0)
      return false;
    const Value* divisor = schema.find("multipleOf");
    return divisor == nullptr || is_multiple(x, number(*divisor));
  }

  static bool in_limits(const Value& schema, const char* min, const char* max, std::size_t count) {
    const Decimal size = *parse_decimal(std::to_string(count));
    const Value* least = schema.find(min);
    const Value* most = schema.find(max);
    return (least == nullptr || compare(size, number(*least)) >= 0) &&
           (most == nullptr || compare(size, number(*most)) <= 0);
  }

  bool check_string(const Value& schema, const Value& value) {
    if (!value.is(Kind::string)) return true;
    const auto characters = std::ranges::count_if(
        value.text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; });
    return in_limits(schema, "minLength", "maxLength", static_cast<std::size_t>(characters));
  }

  bool check_applicators(const Value& schema, const Value& value, Evaluated& evaluated) {
    if (const Value* ref = schema.find("$ref")) {
      if (!check_branch(target(ref->text), value, evaluated)) return false;
    }
    if (const Value* all = schema.find("allOf")) {
      for (const Value& one : all->items) {
        if (!check_branch(one, value, evaluated)) return false;
      }
    }
    for (const char* keyword : {"anyOf", "oneOf"}) {
      const Value* branches = schema.find(keyword);
      if (branches == nullptr) continue;
      std::size_t holding = 0;
      for (const Value& one : branches->items) {
        holding += check_branch(one, value, evaluated) ? 1 : 0;
      }
      if (holding == 0 || (holding > 1 && keyword[0] == 'o')) return false;
    }
    if (const Value* no = schema.find("not"); no && holds(*no, value)) return false;
    if (const Value* condition = schema.find("if")) {
      const bool holds = check_branch(*condition, value, evaluated);
      const Value* branch = schema.find(holds ? "then" : "else");
      if (branch != nullptr && !check_branch(*branch, value, evaluated)) return false;
    }
    return true;
  }

  const Value& target(std::string_view reference) {
    constexpr std::string_view kDefinitions = "#/$defs/";
    if (!reference.starts_with(kDefinitions)) return root_;
    return *root_.find("$defs")->find(reference.substr(kDefinitions.size()));
  }

  bool check_array(const Value& schema, const Value& value, Evaluated& evaluated) {
    if (!value.is(Kind::array)) return true;
    if (!in_limits(schema, "minItems", "maxItems", value.items.size())) return false;
    const Value* prefix = schema.find("prefixItems");
    const Value* items = schema.find("items");
    const Value* contains = schema.find("contains");
    std::size_t contained = 0;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const bool in_prefix = prefix != nullptr && i < prefix->items.size();
      const Value* item = in_prefix ? &prefix->items[i] : items;
      if (item != nullptr) {
        if (!holds(*item, value.items[i])) return false;
        evaluated.add_item(i);
      }
      if (contains != nullptr && holds(*contains, value.items[i])) {
        ++contained;
        evaluated.add_item(i);
      }
    }
    if (contains != nullptr) {
      const bool none_needed = schema.find("minContains") != nullptr;
      if (!in_limits(schema, "minContains", "maxContains", contained)) return false;
      if (!none_needed && contained == 0) return false;
    }
    if (const Value* unique = schema.find("uniqueItems"); unique && unique->boolean) {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (equal(value.items[i], value.items[j])) return false;
        }
      }
    }
    const Value* rest = schema.find("unevaluatedItems");
    for (std::size_t i = 0; rest != nullptr && i < value.items.size(); ++i) {
      if (!evaluated.has_item(i) && !holds(*rest, value.items[i])) return false;
    }
    if (rest != nullptr) evaluated.items.assign(value.items.size(), true);
    return true;
  }

  bool check_object(const Value& schema, const Value& value, Evaluated& evaluated) {
    if (!value.is(Kind::object)) return true;
    if (!in_limits(schema, "minProperties", "maxProperties", value.members.size())) return false;
    if (!has_all(schema.find("required"), value)) return false;
    if (const Value* dependent = schema.find("dependentRequired")) {
      for (const Member& one : dependent->members) {
        if (value.find(one.key) && !has_all(&one.value, value)) return false;
      }
    }
    if (const Value* dependent = schema.find("dependentSchemas")) {
      for (const Member& one : dependent->members) {
        if (value.find(one.key) && !check_branch(one.value, value, evaluated)) return false;
      }
    }
    const Value* properties = schema.find("properties");
    const Value* additional = schema.find("additionalProperties");
    const Value* names = schema.find("propertyNames");
    for (const Member& member : value.members) {
      const Value* own = properties == nullptr ? nullptr : properties->find(member.key);
      const Value* inner = own != nullptr ? own : additional;
      if (inner != nullptr) {
        if (!holds(*inner, member.value)) return false;
        evaluated.keys.emplace_back(member.key);
      }
      Value name;
      name.kind = Kind::string;
      name.text = member.key;
      if (names != nullptr && !holds(*names, name)) return false;
    }
    const Value* rest = schema.find("unevaluatedProperties");
    for (const Member& member : value.members) {
      if (rest == nullptr || evaluated.has_key(member.key)) continue;
      if (!holds(*rest, member.value)) return false;
      evaluated.keys.emplace_back(member.key);
    }
    return true;
  }

  static bool has_all(const Value* names, const Value& value) {
    return names == nullptr || std::ranges::all_of(names->items, [&](const Value& name) {
             return value.find(name.text) != nullptr;
           });
  }

  const Value& root_;
};

}  // namespace

bool is_valid(const Value& schema, const Value& value) {
  Evaluated evaluated;
  return Validator(schema).check(schema, value, evaluated);
}

}  // namespace tests::schema
