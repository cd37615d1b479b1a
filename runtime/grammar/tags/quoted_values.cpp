// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/quoted_values.h"

#include <utility>

#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/tags/raw_strings.h"

namespace runtime::grammar::tags {
namespace {

using regex::ByteSet;
using regex::kNothing;
using regex::Regex;

bool is_key_byte(unsigned byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-' || byte == '.';
}

// Bytes by what is left after them.
class Targets {
 public:
  void add(Regex rest, unsigned byte) {
    for (auto& [known, bytes] : targets_) {
      if (known != rest) continue;
      bytes.insert(static_cast<std::uint8_t>(byte));
      return;
    }
    targets_.push_back({rest, {}});
    targets_.back().second.insert(static_cast<std::uint8_t>(byte));
  }
  const auto& all() const { return targets_; }

 private:
  List<std::pair<Regex, ByteSet>> targets_;
};

}  // namespace

QuotedValues::QuotedValues(std::uint32_t index, Grammar& grammar, std::string_view quote)
    : index_(index), grammar_(grammar), e_(grammar.expressions()), quote_(quote) {
  const Regex strings = strings_without(e_, {&quote_, 1});
  const Regex other = e_.bytes(~ByteSet::of("\""));
  sayable_ = e_.repeat(e_.either(other, strings), 0, regex::kUnbounded);
}

State QuotedValues::make(std::initializer_list<std::uint32_t> words) {
  const std::uint32_t local = states_.intern({words.begin(), words.size()});
  if (local >= 1U << State::kLocalBits) {
    e_.fuel().spend(~std::uint64_t{0});  // no answer visits so many
    return State::of(index_, 0);
  }
  return State::of(index_, local);
}

State QuotedValues::at(State json, Mode mode) {
  return make({0, json.id, static_cast<std::uint32_t>(mode.container), mode.key_is_next ? 1U : 0U});
}

State QuotedValues::within(State next, Regex rest, Mode mode) {
  return make({static_cast<std::uint32_t>(mode.inside) + 1, next.id,
               static_cast<std::uint32_t>(mode.container), mode.key_is_next ? 1U : 0U,
               static_cast<std::uint32_t>(rest)});
}

bool QuotedValues::expand(State state, List<Edge>& edges) {
  const auto words = states_[state.local()];
  const State json{words[1]};
  Mode mode{static_cast<Container>(words[2]), words[3] != 0};
  if (words[0] == 0) return expand_json(json, mode, edges);
  mode.inside = static_cast<Inside>(words[0] - 1);
  const Regex rest{words[4]};
  return expand_rest(json, rest, mode, edges);
}

bool QuotedValues::expand_json(State json, Mode mode, List<Edge>& edges) {
  List<Edge> inner;
  const bool is_final = grammar_.of(json).expand(json, inner);
  for (const Edge& edge : inner) {
    if (edge.captures) continue;
    if (edge.kind == Edge::Kind::call) {
      edges.push_back(Edge::call(at(edge.callee, {}), at(edge.next, mode)));
      continue;
    }
    const Regex text = e_.both(edge.text, sayable_);
    if (!e_.is_nothing(text)) expand_rest(edge.next, text, mode, edges);
  }
  return is_final;
}

// Whether the text may be at its end here, and the state behind it is final.
bool QuotedValues::expand_rest(State next, Regex rest, Mode mode, List<Edge>& edges) {
  bool is_final = false;
  const Regex behind_quote = e_.derivative(rest, '"');
  const bool has_quote = behind_quote != kNothing && !e_.is_nothing(behind_quote);
  Mode outside = mode;
  outside.inside = Inside::nothing;
  switch (mode.inside) {
    case Inside::nothing:
      add_bytes(next, rest, mode, edges);
      if (has_quote && mode.key_is_next) {
        mode.inside = Inside::key;
        expand_rest(next, behind_quote, mode, edges);
      } else if (has_quote) {
        mode.inside = Inside::string;
        edges.push_back(Edge::read(e_.literal(quote_), within(next, behind_quote, mode)));
      }
      if (e_.is_nullable(rest)) is_final = expand_json(next, mode, edges);
      return is_final;
    case Inside::key:
      add_bytes(next, rest, mode, edges);
      outside.key_is_next = false;
      if (has_quote) is_final = expand_rest(next, behind_quote, outside, edges);
      return is_final;
    case Inside::string:
      add_string_bytes(next, rest, mode, edges);
      if (has_quote)
        edges.push_back(Edge::read(e_.literal(quote_), within(next, behind_quote, outside)));
      return false;
  }
  return false;
}

void QuotedValues::add_bytes(State next, Regex rest, Mode mode, List<Edge>& edges) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (byte == '"' || (mode.inside == Inside::key && !is_key_byte(byte))) continue;
    const Regex left = e_.derivative(rest, static_cast<std::uint8_t>(byte));
    if (left == kNothing || e_.is_nothing(left)) continue;
    const char sign = static_cast<char>(byte);
    const Mode behind = mode.inside == Inside::key ? mode : after(mode, sign);
    edges.push_back(Edge::read(e_.literal({&sign, 1}), within(next, left, behind)));
  }
}

void QuotedValues::add_string_bytes(State next, Regex rest, Mode mode, List<Edge>& edges) {
  Targets targets;
  char buffer[6];
  for (unsigned byte = 0; byte < 256; ++byte) {
    Regex left = rest;
    for (const char sign : json::spelling(static_cast<std::uint8_t>(byte), buffer))
      left = e_.derivative(left, static_cast<std::uint8_t>(sign));
    if (left != kNothing && !e_.is_nothing(left)) targets.add(left, byte);
  }
  for (const auto& [left, bytes] : targets.all())
    edges.push_back(Edge::read(e_.bytes(bytes), within(next, left, mode)));
}

QuotedValues::Mode QuotedValues::after(Mode mode, char byte) {
  switch (byte) {
    case '{':
      return {Container::object, true};
    case '[':
      return {Container::array, false};
    case '}':
    case ']':
      return {Container::none, false};
    case ',':
      return {mode.container, mode.container == Container::object};
    case ':':
      return {mode.container, false};
    default:
      return mode;
  }
}

}  // namespace runtime::grammar::tags
