// SPDX-License-Identifier: Apache-2.0
// Object: which keys an object may have next, given those that it has. Every state from which the
// object cannot be brought to an end is avoided: a key is offered only where what is required,
// implied, demanded and counted can still be had after it.
//
//   {"properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"], "additionalProperties": false}
//     declared order:  before b: "a" or "b";  after "b": "c" or the end
//     any order:       whatever is not there yet; the end once "b" is there
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/normal_form.h"
#include "runtime/grammar/schema/satisfiable.h"

namespace runtime::grammar::schema {

enum class KeyOrder : std::uint8_t { declared, any };

struct ObjectState {
  bool started = false;         // has a property
  std::uint32_t position = 0;   // declared order: the keys before it are decided
  std::uint32_t count = 0;      // properties, where they are counted
  std::uint32_t met = 0;        // demands that are met, as bits
  List<std::uint32_t> present;  // named keys, as bits; in declared order only the implied
  struct Seen {
    std::uint32_t free = 0;    // among Object::free_keys()
    std::uint32_t number = 0;  // of the key's text
  };
  List<Seen> seen;  // free keys that may not come again
};

class Object {
 public:
  // What a value can meet at once: it is one of `value`, with that the chosen demands are met, and
  // those of `met`, which are more where one follows from another. Bits.
  struct Meeting {
    std::uint32_t chosen = 0;
    std::uint32_t met = 0;
    Node value = kAnyValue;
  };
  // Among all meetings; the first meets as little as can be.
  struct Meetings {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };
  struct Key {
    std::uint32_t text_end = 0;  // in texts_
    bool required = false;
    bool remembered = false;  // present has its bit
    Meetings meetings;
  };
  struct FreeKeys {
    regex::Regex key = regex::kNothing;
    Meetings meetings;
    std::uint64_t count = kMany;  // how many there are
  };
  static constexpr std::uint64_t kMany = 1U << 20;

  // What of `form` cannot be enforced; nullptr if nothing.
  static const char* refusal(const ObjectForm& form);

  Object(const ObjectForm& form, Satisfiable& satisfiable, KeyOrder order);

  bool has_value() const { return is_possible(start()); }
  ObjectState start() const;
  bool may_close(const ObjectState& state) const;

  const List<Key>& keys() const { return keys_; }
  // Of a key, with quotes.
  std::string_view text(std::uint32_t key) const {
    const std::uint32_t first = key == 0 ? 0 : keys_[key - 1].text_end;
    return std::string_view(texts_).substr(first, keys_[key].text_end - first);
  }
  const List<FreeKeys>& free_keys() const { return free_; }
  // Which of keys() may come next.
  List<std::uint8_t> next_keys(const ObjectState& state) const;
  bool next_free_keys(const ObjectState& state, std::size_t free) const;
  // The state after such a key, but for what its value meets. `number` stands for the free key's
  // text, where tells_apart() asks for it.
  ObjectState after(const ObjectState& state, std::uint32_t key) const;
  ObjectState after_free(const ObjectState& state, std::size_t free, std::uint32_t number) const;
  // Which of these values may then come.
  List<Meeting> next_values(const Meetings& meetings, ObjectState next) const;
  // Whether free keys have to be told apart in this state, as they may not be repeated.
  bool tells_apart(const ObjectState& state) const;

 private:
  struct Plan;
  // A value meets a demand where it is one of `value`, too.
  struct Offer {
    std::uint32_t demand = 0;
    Node value = kAnyValue;
  };

  void add_keys(const ObjectForm& form);
  void add_free_keys(const ObjectForm& form);
  Meetings add_meetings(Node value, const List<Offer>& offers);
  std::span<const Meeting> span_of(const Meetings& meetings) const {
    return std::span(meetings_).subspan(meetings.first, meetings.end - meetings.first);
  }
  void reduce_limits(const ObjectForm& form);
  bool is_present(const ObjectState& state, std::uint32_t key) const;
  bool may_come(const ObjectState& state, std::uint32_t key) const;
  bool is_possible(const ObjectState& state) const;
  bool take(const ObjectState& state, std::uint32_t key, Plan& plan) const;
  bool take_owed(const ObjectState& state, Plan& plan) const;
  bool meet(const ObjectState& state, std::uint32_t unmet, Plan& plan) const;
  bool meet_by_key(const ObjectState& state, std::uint32_t unmet, Plan& plan,
                   std::uint32_t key) const;
  bool meet_by_free_key(const ObjectState& state, std::uint32_t unmet, Plan& plan,
                        std::size_t free) const;
  std::uint64_t most(const ObjectState& state) const;
  std::uint64_t left_of(const ObjectState& state, std::size_t free) const;
  void count_property(ObjectState& state) const;

  Satisfiable& satisfiable_;
  KeyOrder order_;
  bool plain_ = true;  // neither counts nor demands nor implications
  bool impossible_ = false;
  List<Meeting> meetings_;
  List<Key> keys_;  // those that may be there
  ByteString texts_;
  List<FreeKeys> free_;
  std::uint32_t min_ = 0;
  std::uint32_t max_ = kNoLimit;
  std::uint32_t demands_ = 0;               // all of them, as bits
  List<Implication> implications_;          // between keys()
  List<List<std::uint32_t>> meeting_keys_;  // by demand: which of keys() can meet it
};

}  // namespace runtime::grammar::schema
