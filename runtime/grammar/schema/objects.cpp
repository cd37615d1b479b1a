// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/objects.h"

#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar::schema {
namespace {

using regex::Regex;

constexpr std::size_t kMaxDemands = 16;
constexpr std::size_t kMaxKeyOptions = 6;

// Whether some key demands itself by a chain of implications: then the sizes of an object can have
// gaps, which the limits below do not see.
bool has_cycle(const ObjectForm& form) {
  List<std::uint32_t> waits(form.properties.size(), 0);
  for (const Implication& implication : form.implications) ++waits[implication.trigger];
  List<std::uint32_t> done;
  for (std::uint32_t i = 0; i < waits.size(); ++i) {
    if (waits[i] == 0) done.push_back(i);
  }
  for (std::size_t at = 0; at < done.size(); ++at) {
    for (const Implication& implication : form.implications) {
      if (implication.required == done[at] && --waits[implication.trigger] == 0) {
        done.push_back(implication.trigger);
      }
    }
  }
  return done.size() < waits.size();
}

void set_bit(List<std::uint32_t>& bits, std::uint32_t bit) { bits[bit >> 5] |= 1U << (bit & 31); }
bool has_bit(const List<std::uint32_t>& bits, std::uint32_t bit) {
  return (bits[bit >> 5] >> (bit & 31) & 1) != 0;
}

}  // namespace

const char* Object::refusal(const ObjectForm& form) {
  std::size_t key_options = 0;
  for (const Option& option : form.options) key_options += option.property == kNoLimit ? 1 : 0;
  if (form.demands() > kMaxDemands || key_options > kMaxKeyOptions) {
    return "too many ways to be valid against none or one of several object schemas";
  }
  const bool counts = form.min_properties > 0 || form.max_properties != kNoLimit;
  if (counts && !form.implications.empty() && has_cycle(form)) {
    return "a limit of the number of properties beside properties that depend on each other";
  }
  return nullptr;
}

Object::Object(const ObjectForm& form, Satisfiable& satisfiable, KeyOrder order)
    : satisfiable_(satisfiable),
      order_(order),
      demands_(static_cast<std::uint32_t>((1U << form.demands()) - 1)) {
  add_keys(form);
  add_free_keys(form);
  reduce_limits(form);
  plain_ = min_ == 0 && max_ == kNoLimit && demands_ == 0 && implications_.empty();
}

void Object::add_keys(const ObjectForm& form) {
  List<std::uint8_t> available;
  for (const Property& property : form.properties) {
    available.push_back(satisfiable_.has_value(property.value) ? 1 : 0);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const Implication& implication : form.implications) {
      if (!available[implication.trigger] || available[implication.required]) continue;
      available[implication.trigger] = 0;
      changed = true;
    }
  }
  List<std::uint32_t> index(form.properties.size());  // in keys_
  for (std::size_t i = 0; i < form.properties.size(); ++i) {
    const Property& property = form.properties[i];
    impossible_ |= property.required && !available[i];
    if (!available[i]) continue;
    index[i] = static_cast<std::uint32_t>(keys_.size());
    const bool remembered = order_ == KeyOrder::any;
    List<Offer> offers;
    for (const Option& option : form.options) {
      if (option.property == i) offers.push_back({option.demand, option.value});
    }
    texts_ += json::quote(property.name);
    keys_.push_back({static_cast<std::uint32_t>(texts_.size()), property.required, remembered,
                     add_meetings(property.value, offers)});
  }
  meeting_keys_.resize(form.demands());
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    std::uint32_t met = 0;
    for (const Meeting& meeting : span_of(keys_[key].meetings)) met |= meeting.met;
    for (std::size_t d = 0; d < meeting_keys_.size(); ++d) {
      if ((met >> d & 1) != 0) meeting_keys_[d].push_back(key);
    }
  }
  for (const Implication& implication : form.implications) {
    if (!available[implication.trigger]) continue;
    const std::uint32_t trigger = index[implication.trigger];
    const std::uint32_t required = index[implication.required];
    if (keys_[required].required) continue;
    implications_.push_back({trigger, required});
    keys_[trigger].remembered = true;
    keys_[required].remembered = true;
  }
}

// Free keys, parted by the options of demands that they are among. They are spelled in one way
// where their names have to be compared.
void Object::add_free_keys(const ObjectForm& form) {
  regex::Expressions& e = satisfiable_.expressions();
  const bool told_apart = form.min_properties > 0 || demands_ != 0;
  Regex allowed = e.anything();
  if (told_apart || !form.properties.empty()) {
    List<ByteString> names;
    for (const Property& property : form.properties) names.push_back(json::quote(property.name));
    const List<std::string_view> views(names.begin(), names.end());
    allowed = e.without(satisfiable_.one_spelling(), e.literals(views));
  }
  List<Regex> option_keys;
  List<Offer> offers;
  for (const Option& option : form.options) {
    if (option.property != kNoLimit || option_keys.size() == kMaxKeyOptions) continue;
    option_keys.push_back(option.key);
    offers.push_back({option.demand, option.value});
  }
  for (const KeyClass& keys : form.classes) {
    if (!satisfiable_.has_value(keys.value)) continue;
    for (std::uint32_t part = 0; part < 1U << offers.size(); ++part) {
      List<Regex> all = {keys.key, allowed};
      List<Offer> own;
      for (std::size_t i = 0; i < offers.size(); ++i) {
        const bool is_among = (part >> i & 1) != 0;
        all.push_back(is_among ? option_keys[i] : e.complement(option_keys[i]));
        if (is_among) own.push_back(offers[i]);
      }
      const Regex key = e.both(all);
      if (e.is_nothing(key)) continue;
      free_.push_back(
          {key, add_meetings(keys.value, own), told_apart ? e.count(key, kMany) : kMany});
    }
  }
}

// All at once or some of the demands or none. A value that meets a demand without being counted as
// meeting it is no mistake, since a demand only asks for some property; but where all values meet
// it there is no other way.
Object::Meetings Object::add_meetings(Node value, const List<Offer>& offers) {
  const std::size_t first = meetings_.size();
  meetings_.push_back({0, 0, value});
  const auto is_same = [&](Node both, Node one) {
    if (both == one) return true;
    return !satisfiable_.has_composite(one) &&
           satisfiable_.form(both).scalars == satisfiable_.form(one).scalars;
  };
  for (const Offer& offer : offers) {
    const std::uint32_t demand = 1U << offer.demand;
    for (std::size_t i = meetings_.size(); i-- > first;) {
      Meeting& meeting = meetings_[i];
      if ((meeting.met & demand) != 0) continue;
      const Node both = satisfiable_.both(meeting.value, offer.value);
      if (!satisfiable_.has_value(both) || !satisfiable_.expressions().fuel().spend()) continue;
      if (is_same(both, meeting.value)) {
        meeting.met |= demand;
      } else {
        meetings_.push_back({meeting.chosen | demand, meeting.met | demand, both});
      }
    }
  }
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(meetings_.size())};
}

// Limits that other things see to already are none.
void Object::reduce_limits(const ObjectForm& form) {
  std::uint32_t required = 0;
  for (const Key& key : keys_) required += key.required ? 1 : 0;
  min_ = form.min_properties > required ? form.min_properties : 0;
  max_ = form.max_properties;
  if (max_ < required || max_ < form.min_properties) impossible_ = true;
  if (free_.empty() && max_ >= keys_.size()) max_ = kNoLimit;
}

ObjectState Object::start() const {
  ObjectState state;
  const bool remembers = order_ == KeyOrder::any || !implications_.empty();
  if (remembers) state.present.resize((keys_.size() + 31) / 32);
  return state;
}

bool Object::is_present(const ObjectState& state, std::uint32_t key) const {
  if (keys_[key].remembered) return has_bit(state.present, key);
  return keys_[key].required && key < state.position;
}

bool Object::may_come(const ObjectState& state, std::uint32_t key) const {
  return key >= state.position && !is_present(state, key);
}

bool Object::may_close(const ObjectState& state) const {
  if (state.count < min_ || state.met != demands_) return false;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    if (keys_[key].required && !is_present(state, key)) return false;
  }
  return std::ranges::all_of(implications_, [&](const Implication& implication) {
    return !is_present(state, implication.trigger) || is_present(state, implication.required);
  });
}

bool Object::tells_apart(const ObjectState& state) const {
  return demands_ != 0 || state.count < min_;
}

void Object::count_property(ObjectState& state) const {
  state.started = true;
  if (max_ != kNoLimit || state.count < min_) ++state.count;
  if (!tells_apart(state)) state.seen.clear();
}

List<Object::Meeting> Object::next_values(const Meetings& meetings, ObjectState next) const {
  List<Meeting> values;
  const std::uint32_t met = next.met;
  for (const Meeting& meeting : span_of(meetings)) {
    if ((meeting.chosen & met) != 0) continue;
    next.met = met | meeting.met;
    if (is_possible(next)) values.push_back({meeting.chosen, next.met, meeting.value});
  }
  return values;
}

ObjectState Object::after(const ObjectState& state, std::uint32_t key) const {
  ObjectState next = state;
  if (order_ == KeyOrder::declared) next.position = key + 1;
  if (keys_[key].remembered) set_bit(next.present, key);
  count_property(next);
  return next;
}

ObjectState Object::after_free(const ObjectState& state, std::size_t free,
                               std::uint32_t number) const {
  ObjectState next = state;
  if (order_ == KeyOrder::declared) next.position = static_cast<std::uint32_t>(keys_.size());
  if (tells_apart(state)) {
    const auto place = std::ranges::lower_bound(next.seen, number, {}, &ObjectState::Seen::number);
    next.seen.insert(place, {static_cast<std::uint32_t>(free), number});
  }
  count_property(next);
  return next;
}

List<std::uint8_t> Object::next_keys(const ObjectState& state) const {
  List<std::uint8_t> next(keys_.size());
  for (std::uint32_t key = state.position; key < keys_.size(); ++key) {
    if (is_present(state, key)) continue;
    next[key] = plain_ || !next_values(keys_[key].meetings, after(state, key)).empty() ? 1 : 0;
    if (order_ == KeyOrder::declared && keys_[key].required) break;
  }
  return next;
}

bool Object::next_free_keys(const ObjectState& state, std::size_t free) const {
  if (order_ == KeyOrder::declared) {
    for (std::uint32_t key = state.position; key < keys_.size(); ++key) {
      if (keys_[key].required) return false;
    }
  }
  if (tells_apart(state) && left_of(state, free) == 0) return false;
  return plain_ || !next_values(free_[free].meetings, after_free(state, free, 0xffffffff)).empty();
}

}  // namespace runtime::grammar::schema
