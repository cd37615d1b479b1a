// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "codegen/tokenizer/section_bytes.h"
#include "runtime/formats/pre_tokenizer_bin.h"

namespace codegen::tokenizer {
namespace {

using runtime::formats::kDeadState;
using runtime::formats::kMatchBefore;

constexpr std::size_t kMostNodes = 100000;
constexpr std::size_t kMostStates = 4096;
constexpr char32_t kLastPoint = runtime::formats::kBytePoints + 255;

void collect_sets(const Pattern& pattern, std::vector<CodePointSet>& sets) {
  if (pattern.kind == Pattern::Kind::one_of || pattern.kind == Pattern::Kind::look)
    if (std::find(sets.begin(), sets.end(), pattern.set) == sets.end()) sets.push_back(pattern.set);
  for (const Pattern& child : pattern.children) collect_sets(child, sets);
}

// A pattern as threads: each node waits for a character, forks, looks, or has matched.
struct Node {
  enum class Kind : std::uint8_t { consume, fork, look, match };
  Kind kind = Kind::match;
  std::vector<bool> classes;  // consume, look: which may come; look: the last is the end
  std::uint32_t next = 0;     // fork: the preferred thread
  std::uint32_t other = 0;    // fork
};

// Builds nodes from the end: each pattern is given the node that follows it.
class NodeBuilder {
 public:
  explicit NodeBuilder(const CharacterClasses& classes) : classes_(classes) {}

  std::uint32_t build(const Pattern& pattern, std::uint32_t next) {
    switch (pattern.kind) {
      case Pattern::Kind::one_of:
        return add(waiting(Node::Kind::consume, pattern, next));
      case Pattern::Kind::look:
        return add(waiting(Node::Kind::look, pattern, next));
      case Pattern::Kind::sequence:
        for (auto child = pattern.children.rbegin(); child != pattern.children.rend(); ++child)
          next = build(*child, next);
        return next;
      case Pattern::Kind::any: {
        std::uint32_t rest = build(pattern.children.back(), next);
        for (auto child = pattern.children.rbegin() + 1; child != pattern.children.rend(); ++child)
          rest = add({.kind = Node::Kind::fork, .next = build(*child, next), .other = rest});
        return rest;
      }
      case Pattern::Kind::repeat:
        break;
    }
    return repeat(pattern, next);
  }

  std::uint32_t add(Node node) {
    if (nodes_.size() < kMostNodes) nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  const std::vector<Node>& nodes() const { return nodes_; }
  bool full() const { return nodes_.size() >= kMostNodes; }

 private:
  std::uint32_t repeat(const Pattern& pattern, std::uint32_t next) {
    const Pattern& body = pattern.children[0];
    std::uint32_t rest = next;
    if (pattern.most == Pattern::kNoLimit) {
      rest = add({.kind = Node::Kind::fork, .next = next, .other = next});
      const std::uint32_t again = build(body, rest);
      (pattern.lazy ? nodes_[rest].other : nodes_[rest].next) = again;
    } else {
      for (std::uint32_t i = pattern.least; i < pattern.most; ++i) {
        const std::uint32_t once = build(body, rest);
        rest = add({.kind = Node::Kind::fork,
                    .next = pattern.lazy ? next : once,
                    .other = pattern.lazy ? once : next});
      }
    }
    for (std::uint32_t i = 0; i < pattern.least; ++i) rest = build(body, rest);
    return rest;
  }

  Node waiting(Node::Kind kind, const Pattern& pattern, std::uint32_t next) const {
    Node node{.kind = kind, .next = next};
    for (const char32_t member : classes_.members)
      node.classes.push_back(pattern.set.contains(member));
    node.classes.push_back(kind == Node::Kind::look && pattern.or_end);
    return node;
  }

  const CharacterClasses& classes_;
  std::vector<Node> nodes_;
};

// Follows a list of threads, in order of preference, over one character.
class Stepper {
 public:
  Stepper(const std::vector<Node>& nodes, std::uint32_t of_class)
      : nodes_(nodes), class_(of_class), seen_(nodes.size()) {}

  void follow(const std::vector<std::uint32_t>& threads) {
    for (const std::uint32_t thread : threads) {
      pending_.push_back(thread);
      while (!pending_.empty() && !matched_) {
        const std::uint32_t node = pending_.back();
        pending_.pop_back();
        visit(node);
      }
    }
  }
  bool matched() const { return matched_; }
  const std::vector<std::uint32_t>& next() const { return next_; }

 private:
  void visit(std::uint32_t index) {
    if (seen_[index]) return;
    seen_[index] = true;
    const Node& node = nodes_[index];
    switch (node.kind) {
      case Node::Kind::match:
        matched_ = true;
        break;
      case Node::Kind::fork:
        pending_.push_back(node.other);
        pending_.push_back(node.next);
        break;
      case Node::Kind::look:
        if (node.classes[class_]) pending_.push_back(node.next);
        break;
      case Node::Kind::consume:
        if (node.classes[class_] && std::find(next_.begin(), next_.end(), node.next) == next_.end())
          next_.push_back(node.next);
    }
  }

  const std::vector<Node>& nodes_;
  std::uint32_t class_;
  std::vector<bool> seen_;
  std::vector<std::uint32_t> pending_;
  std::vector<std::uint32_t> next_;
  bool matched_ = false;  // threads after the one that matched are dropped
};

// An automaton reads beyond its last match, and what it has read there it reads again for the next
// match. That is harmless where it goes on for a few characters only, and where the next match
// takes what was read. Else the work may grow with the square of the text.
class ReadingOn {
 public:
  explicit ReadingOn(const Automaton& automaton)
      : automaton_(automaton),
        columns_(static_cast<std::uint32_t>(automaton.transitions.size() / automaton.states)) {}

  // Whether texts of the characters on which it reads on in circles, read from the start, can lead
  // it in circles again.
  bool may_be_quadratic() const {
    const std::vector<bool> every_class(columns_, true);
    const std::vector<bool> circling =
        in_circles(std::vector<bool>(automaton_.states, true), every_class);
    std::vector<bool> classes(columns_);
    for (std::uint32_t state = 0; state < automaton_.states; ++state)
      for (std::uint32_t c = 0; c < columns_; ++c)
        if (circling[state] && reads_on(state, c) && circling[next(state, c)]) classes[c] = true;
    const std::vector<bool> again = in_circles(reachable(classes), classes);
    return std::find(again.begin(), again.end(), true) != again.end();
  }

 private:
  std::uint16_t transition(std::uint32_t state, std::uint32_t column) const {
    return automaton_.transitions[std::size_t{state} * columns_ + column];
  }
  std::uint32_t next(std::uint32_t state, std::uint32_t column) const {
    return transition(state, column) & runtime::formats::kStateMask;
  }
  // Goes on although there was no match before this character.
  bool reads_on(std::uint32_t state, std::uint32_t column) const {
    return next(state, column) != kDeadState && (transition(state, column) & kMatchBefore) == 0;
  }

  std::vector<bool> reachable(const std::vector<bool>& classes) const {
    std::vector<bool> seen(automaton_.states);
    std::vector<std::uint32_t> pending = {0};
    seen[0] = true;
    while (!pending.empty()) {
      const std::uint32_t state = pending.back();
      pending.pop_back();
      for (std::uint32_t c = 0; c < columns_; ++c) {
        if (!classes[c] || next(state, c) == kDeadState || seen[next(state, c)]) continue;
        seen[next(state, c)] = true;
        pending.push_back(next(state, c));
      }
    }
    return seen;
  }

  // Of `states` those that lie on a circle of such steps, or between two: what is left when states
  // without a step in, or without one out, are dropped one after another.
  std::vector<bool> in_circles(std::vector<bool> states, const std::vector<bool>& classes) const {
    for (bool changed = true; changed;) {
      std::vector<bool> in(states.size());
      std::vector<bool> out(states.size());
      for (std::uint32_t state = 0; state < automaton_.states; ++state)
        for (std::uint32_t c = 0; c < columns_; ++c)
          if (states[state] && classes[c] && reads_on(state, c) && states[next(state, c)])
            out[state] = in[next(state, c)] = true;
      changed = false;
      for (std::uint32_t state = 0; state < automaton_.states; ++state) {
        const bool stays = states[state] && in[state] && out[state];
        changed = changed || stays != states[state];
        states[state] = stays;
      }
    }
    return states;
  }

  const Automaton& automaton_;
  std::uint32_t columns_;
};

}  // namespace

std::optional<CharacterClasses> classes_of(std::span<const Pattern> patterns) {
  std::vector<CodePointSet> sets;
  for (const Pattern& pattern : patterns) collect_sets(pattern, sets);
  std::set<char32_t> borders = {0};
  for (const CodePointSet& set : sets)
    for (const CodePointSet::Range& range : set.ranges()) {
      borders.insert(range.first);
      if (range.last < kLastPoint) borders.insert(range.last + 1);
    }
  CharacterClasses classes;
  std::map<std::vector<bool>, std::uint8_t> numbers;
  for (const char32_t start : borders) {
    std::vector<bool> in_sets;
    for (const CodePointSet& set : sets) in_sets.push_back(set.contains(start));
    const auto [entry, is_new] = numbers.emplace(in_sets, static_cast<std::uint8_t>(classes.count));
    if (is_new) {
      if (++classes.count > runtime::formats::kMaxClasses) return std::nullopt;
      classes.members.push_back(start);
    }
    classes.runs.push_back({start, entry->second});
  }
  return classes;
}

std::optional<Automaton> automaton_of(const Pattern& pattern, const CharacterClasses& classes,
                                      std::string& why) {
  NodeBuilder builder(classes);
  const std::uint32_t match = builder.add({.kind = Node::Kind::match});
  const std::uint32_t start = builder.build(pattern, match);
  why = builder.full() ? "a pattern that is too long" : "";
  if (builder.full()) return std::nullopt;

  std::map<std::vector<std::uint32_t>, std::uint16_t> numbers = {{{start}, 0}};
  std::vector<std::vector<std::uint32_t>> states = {{start}};
  Automaton automaton;
  for (std::size_t state = 0; state < states.size(); ++state) {
    for (std::uint32_t c = 0; c <= classes.count; ++c) {
      Stepper stepper(builder.nodes(), c);
      stepper.follow(states[state]);
      std::uint16_t next = kDeadState;
      if (!stepper.next().empty() && c < classes.count) {
        const auto [entry, is_new] =
            numbers.emplace(stepper.next(), static_cast<std::uint16_t>(states.size()));
        if (is_new) states.push_back(stepper.next());
        next = entry->second;
      }
      if (state == 0 && stepper.matched()) why = "a pattern that matches nothing at all";
      if (states.size() > kMostStates) why = "a pattern with too many cases";
      if (!why.empty()) return std::nullopt;
      const std::uint16_t matched = stepper.matched() ? kMatchBefore : 0;
      automaton.transitions.push_back(next | matched);
    }
  }
  automaton.states = static_cast<std::uint32_t>(states.size());
  automaton.reads_on = ReadingOn(automaton).may_be_quadratic();
  if (automaton.reads_on && automaton.states > runtime::formats::kMaxRemembered) {
    why = "a pattern that may read a long text again and again";
    return std::nullopt;
  }
  return automaton;
}

std::vector<std::byte> pre_tokenizer_section(const CharacterClasses& classes,
                                             std::span<const CutStage> stages) {
  std::vector<std::uint8_t> class_of;
  std::size_t run = 0;
  for (char32_t point = 0; point <= kLastPoint; ++point) {
    while (run + 1 < classes.runs.size() && classes.runs[run + 1].start <= point) ++run;
    class_of.push_back(classes.runs[run].of_class);
  }
  const PointBlocks<std::uint8_t> blocks(class_of);
  const runtime::formats::PreTokenizerHeader header{
      .stages = static_cast<std::uint32_t>(stages.size()),
      .classes = classes.count,
      .blocks = blocks.count()};
  SectionBytes section;
  section.add_one(header);
  blocks.append_to(section);
  for (const CutStage& stage : stages) {
    const std::uint32_t more = stage.automaton.reads_on ? runtime::formats::kStageRemembers : 0;
    section.add_one(
        runtime::formats::PreTokenizerStage{stage.flags | more, stage.automaton.states});
    section.add(std::span(stage.automaton.transitions));
  }
  return section.take();
}

}  // namespace codegen::tokenizer
