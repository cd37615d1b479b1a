// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/formats/pre_tokenizer_bin.h"

namespace codegen::tokenizer {
namespace {

using runtime::formats::kDeadState;
using runtime::formats::kMatchBefore;

constexpr std::size_t kMostNodes = 100000;
constexpr std::size_t kMostStates = 4096;

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
      rest = add({.kind = Node::Kind::fork, .other = next});
      nodes_[rest].next = build(body, rest);
    } else {
      for (std::uint32_t i = pattern.least; i < pattern.most; ++i)
        rest = add({.kind = Node::Kind::fork, .next = build(body, rest), .other = next});
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

template <class T>
void append(std::vector<std::byte>& out, const T* items, std::size_t count) {
  const auto* bytes = reinterpret_cast<const std::byte*>(items);
  out.insert(out.end(), bytes, bytes + count * sizeof(T));
}

void pad(std::vector<std::byte>& out) { out.resize((out.size() + 3) / 4 * 4); }

}  // namespace

std::optional<CharacterClasses> classes_of(std::span<const Pattern> patterns) {
  std::vector<CodePointSet> sets;
  for (const Pattern& pattern : patterns) collect_sets(pattern, sets);
  std::set<char32_t> borders = {0};
  for (const CodePointSet& set : sets)
    for (const CodePointSet::Range& range : set.ranges()) {
      borders.insert(range.first);
      if (range.last < kLastCodePoint) borders.insert(range.last + 1);
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
  return automaton;
}

std::vector<std::byte> pre_tokenizer_section(const CharacterClasses& classes,
                                             std::span<const Automaton> automata) {
  using runtime::formats::kCodePointBlocks;
  std::vector<std::uint16_t> block_of;
  std::map<std::vector<std::uint8_t>, std::uint16_t> numbers;
  std::vector<std::uint8_t> class_of;
  std::size_t run = 0;
  for (std::uint32_t block = 0; block < kCodePointBlocks; ++block) {
    std::vector<std::uint8_t> row;
    for (char32_t point = block * 256; point < (block + 1) * 256; ++point) {
      while (run + 1 < classes.runs.size() && classes.runs[run + 1].start <= point) ++run;
      row.push_back(classes.runs[run].of_class);
    }
    const auto [entry, is_new] = numbers.emplace(row, static_cast<std::uint16_t>(numbers.size()));
    if (is_new) class_of.insert(class_of.end(), row.begin(), row.end());
    block_of.push_back(entry->second);
  }
  const runtime::formats::PreTokenizerHeader header{
      .automata = static_cast<std::uint32_t>(automata.size()),
      .classes = classes.count,
      .blocks = static_cast<std::uint32_t>(numbers.size())};
  std::vector<std::byte> section;
  append(section, &header, 1);
  append(section, block_of.data(), block_of.size());
  append(section, class_of.data(), class_of.size());
  for (const Automaton& automaton : automata) {
    append(section, &automaton.states, 1);
    append(section, automaton.transitions.data(), automaton.transitions.size());
    pad(section);
  }
  return section;
}

}  // namespace codegen::tokenizer
