// SPDX-License-Identifier: Apache-2.0
// Whether an object can be brought to an end: what is owed is planned, then what is demanded.
#include <algorithm>
#include <bit>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/objects.h"

namespace runtime::grammar::schema {

// What is to come after a state so that all that is asked for is met.
struct Object::Plan {
  List<std::uint8_t> taken;   // by key
  List<std::uint8_t> bound;   // by key: taken to meet demands
  List<std::uint32_t> order;  // in which keys were taken
  List<std::uint32_t> free;   // by free keys: how many are taken
  std::size_t free_count = 0;

  explicit Plan(const Object& object)
      : taken(object.keys_.size()), bound(object.keys_.size()), free(object.free_.size()) {}

  std::size_t count() const { return order.size() + free_count; }
  void give_back_to(std::size_t size) {
    for (; order.size() > size; order.pop_back()) taken[order.back()] = 0;
  }
};

// Plans `key` and what it implies. False where that cannot come any more.
bool Object::take(const ObjectState& state, std::uint32_t key, Plan& plan) const {
  List<std::uint32_t> work = {key};
  while (!work.empty()) {
    const std::uint32_t next = work.back();
    work.pop_back();
    if (is_present(state, next) || plan.taken[next]) continue;
    if (!may_come(state, next)) return false;
    plan.taken[next] = 1;
    plan.order.push_back(next);
    for (const Implication& implication : implications_) {
      if (implication.trigger == next) work.push_back(implication.required);
    }
  }
  return true;
}

// Plans what is required, or implied by what is there.
bool Object::take_owed(const ObjectState& state, Plan& plan) const {
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    if (keys_[key].required && !take(state, key, plan)) return false;
  }
  for (const Implication& implication : implications_) {
    if (!is_present(state, implication.trigger)) continue;
    if (!take(state, implication.required, plan)) return false;
  }
  return true;
}

// Whether the demands of `unmet` can be met by further keys within the limit.
bool Object::meet(const ObjectState& state, std::uint32_t unmet, Plan& plan) const {
  if (!satisfiable_.expressions().fuel().spend()) return false;
  if (state.count + plan.count() > max_) return false;
  if (unmet == 0) return true;
  for (const std::uint32_t key : meeting_keys_[static_cast<std::size_t>(std::countr_zero(unmet))]) {
    if (meet_by_key(state, unmet, plan, key)) return true;
  }
  for (std::size_t free = 0; free < free_.size(); ++free) {
    if (meet_by_free_key(state, unmet, plan, free)) return true;
  }
  return false;
}

// The first unmet demand is met by this key, perhaps with others.
bool Object::meet_by_key(const ObjectState& state, std::uint32_t unmet, Plan& plan,
                         std::uint32_t key) const {
  if (plan.bound[key] || is_present(state, key)) return false;
  const std::uint32_t first = unmet & (~unmet + 1);
  const std::size_t before = plan.order.size();
  bool met = false;
  for (const Meeting& meeting : span_of(keys_[key].meetings)) {
    if ((meeting.chosen & ~unmet) != 0 || (meeting.met & first) == 0) continue;
    if (take(state, key, plan)) {
      plan.bound[key] = 1;
      met = meet(state, unmet & ~meeting.met, plan);
      plan.bound[key] = 0;
    }
    plan.give_back_to(before);
    if (met) break;
  }
  return met;
}

bool Object::meet_by_free_key(const ObjectState& state, std::uint32_t unmet, Plan& plan,
                              std::size_t free) const {
  if (left_of(state, free) <= plan.free[free]) return false;
  const std::uint32_t first = unmet & (~unmet + 1);
  bool met = false;
  ++plan.free[free];
  ++plan.free_count;
  for (const Meeting& meeting : span_of(free_[free].meetings)) {
    if ((meeting.chosen & ~unmet) != 0 || (meeting.met & first) == 0) continue;
    met = meet(state, unmet & ~meeting.met, plan);
    if (met) break;
  }
  --plan.free[free];
  --plan.free_count;
  return met;
}

// How many of these keys can still come.
std::uint64_t Object::left_of(const ObjectState& state, std::size_t free) const {
  if (free_[free].count >= kMany) return kMany;
  const auto used = std::ranges::count(state.seen, free, &ObjectState::Seen::free);
  return free_[free].count - static_cast<std::uint64_t>(used);
}

// The greatest number of properties that can still come.
std::uint64_t Object::most(const ObjectState& state) const {
  std::uint64_t most = 0;
  Plan alone(*this);
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    if (!may_come(state, key)) continue;
    most += take(state, key, alone) ? 1 : 0;
    alone.give_back_to(0);
  }
  for (std::size_t free = 0; free < free_.size(); ++free) most += left_of(state, free);
  return most;
}

bool Object::is_possible(const ObjectState& state) const {
  if (impossible_) return false;
  if (plain_) return true;
  Plan plan(*this);
  if (!take_owed(state, plan)) return false;
  if (!meet(state, demands_ & ~state.met, plan)) return false;
  return state.count >= min_ || state.count + most(state) >= min_;
}

}  // namespace runtime::grammar::schema
