// SPDX-License-Identifier: Apache-2.0
// A tree becomes an expression from its end to its start: each part is given what may follow it.
// Then an anchor, a word boundary or a look-ahead is an intersection with what follows, and all of
// them are exact. What follows depends on where the text stands: at its start, behind a word
// character or behind another.
#include "runtime/grammar/regex/pattern.h"

#include <array>
#include <optional>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/pattern_classes.h"
#include "runtime/grammar/regex/pattern_syntax.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

using Kind = PatternNode::Kind;

enum Place : std::uint8_t { kStart, kWord, kOther };
using Following = std::array<Regex, 3>;  // by Place

// Repeated groups with context are written out, so often at most.
constexpr std::uint32_t kMaxWrittenOut = 64;

class Translator {
 public:
  Translator(Expressions& e, const PatternTree& tree, const PatternOptions& options)
      : e_(e), tree_(tree), options_(options), sets_(tree.sets.size()) {
    const bool has_context = node(tree.root).has_context;
    if (has_context) {
      word_ = spelled(e, *named_class('w'), options.text);
      other_ = spelled(e, *named_class('W'), options.text);
    }
    if (has_context || options.search || options.text == Text::json_string) {
      character_ = spelled(e, CodePoints::all(), options.text);
      any_ = e.repeat(character_, 0, kUnbounded);
    }
    if (options.text != Text::json_string) return;
    e.store().any_character = seen_as_row(character_);
    seen_as_row(any_);
  }

  Result<Regex> translate();

 private:
  Regex set(std::uint32_t index);
  Regex plain(const PatternNode& node);
  Following before(const PatternNode& node, const Following& next);
  Following before_plain(Regex plain, const Following& next);
  Following before_set(const CodePoints& set, const Following& next);
  Following before_repeat(const PatternNode& node, const Following& next);
  Following before_boundary(bool is_negated, const Following& next);
  Following before_look_ahead(const PatternNode& node, const Following& next);
  // What a part of a pattern matches is whole characters (Store::absorbs).
  Regex seen_as_row(Regex r) {
    e_.store().nodes[r].rows |= options_.text == Text::json_string;
    return r;
  }
  static bool is_same(const Following& next) {
    return next[kStart] == next[kOther] && next[kWord] == next[kOther];
  }
  // Any text, and behind it `next`, a text of whole characters.
  Regex behind_any(Regex next) {
    const Repetition first = Repetition::of(e_.store(), next);
    return e_.concat(any_, e_.concat(e_.repeat(first.base, first.min, first.min), first.rest));
  }
  const PatternNode& node(std::uint32_t index) const { return tree_.nodes[index]; }

  Expressions& e_;
  const PatternTree& tree_;
  const PatternOptions& options_;
  // Nothing where the pattern does not ask for them: each costs more than a small pattern.
  Regex character_ = kNothing;
  Regex any_ = kNothing;
  Regex word_ = kNothing;
  Regex other_ = kNothing;
  List<std::optional<Regex>> sets_;
  Refusal refusal_;
};

Regex Translator::set(std::uint32_t index) {
  if (!sets_[index]) sets_[index] = spelled(e_, tree_.sets[index], options_.text);
  return *sets_[index];
}

// The expression of a part that does not look around itself.
Regex Translator::plain(const PatternNode& part) {
  List<Regex> parts;
  for (const std::uint32_t index : part.parts) parts.push_back(plain(node(index)));
  switch (part.kind) {
    case Kind::set:
      return seen_as_row(set(part.set));
    case Kind::either:
      return seen_as_row(e_.either(parts));
    case Kind::repeat:
      return e_.repeat(parts[0], part.min, part.max);
    default:
      return e_.concat(parts);
  }
}

Following Translator::before(const PatternNode& part, const Following& next) {
  if (!part.has_context) {
    if (part.kind == Kind::set && next[kWord] != next[kOther])
      return before_set(tree_.sets[part.set], next);
    if (part.kind == Kind::repeat && is_same(next) && next[kOther] == any_) {
      // Behind the least that it asks for it may be any text.
      const Regex unit = plain(node(part.parts[0]));
      return before_plain(e_.repeat(unit, part.min, part.min), next);
    }
    if (part.kind != Kind::sequence) return before_plain(plain(part), next);
  }
  Following result = {};
  switch (part.kind) {
    case Kind::sequence:
      result = next;
      for (std::size_t i = part.parts.size(); i-- > 0;)
        result = before(node(part.parts[i]), result);
      return result;
    case Kind::either:
      for (const std::uint32_t index : part.parts) {
        const Following one = before(node(index), next);
        for (const Place place : {kStart, kWord, kOther})
          result[place] = e_.either(result[place], one[place]);
      }
      return result;
    case Kind::repeat:
      return before_repeat(part, next);
    case Kind::text_start:
      return {next[kStart], kNothing, kNothing};
    case Kind::text_end:
      for (const Place place : {kStart, kWord, kOther})
        result[place] = e_.is_nullable(next[place]) ? kEmptyText : kNothing;
      return result;
    case Kind::boundary:
      return before_boundary(part.is_negated, next);
    default:
      return before_look_ahead(part, next);
  }
}

Following Translator::before_plain(Regex plain, const Following& next) {
  Following result = {};
  if (is_same(next)) {
    result.fill(e_.concat(plain, next[kOther]));
    return result;
  }
  const Regex some = e_.without(plain, kEmptyText);
  Regex rest = kNothing;
  if (next[kWord] == next[kOther]) {
    rest = e_.concat(some, next[kOther]);
  } else {
    const Regex to_word = e_.both(some, e_.concat(any_, word_));
    const Regex to_other = e_.both(some, e_.concat(any_, other_));
    rest = e_.either(e_.concat(to_word, next[kWord]), e_.concat(to_other, next[kOther]));
  }
  for (const Place place : {kStart, kWord, kOther})
    result[place] = e_.is_nullable(plain) ? e_.either(rest, next[place]) : rest;
  return result;
}

Following Translator::before_set(const CodePoints& set, const Following& next) {
  const CodePoints word = *named_class('w');
  Following result = {};
  result.fill(e_.either(e_.concat(spelled(e_, set & word, options_.text), next[kWord]),
                        e_.concat(spelled(e_, set & ~word, options_.text), next[kOther])));
  return result;
}

Following Translator::before_repeat(const PatternNode& repeat, const Following& next) {
  const std::uint32_t most = repeat.max == kUnbounded ? repeat.min : repeat.max;
  if (repeat.max == kUnbounded || most > kMaxWrittenOut) {
    refusal_ = Refusal{
        "anchors, word boundaries and look-ahead in a group that repeats are not supported"};
    return next;
  }
  Following result = next;
  for (std::uint32_t i = 0; i < most; ++i) {
    result = before(node(repeat.parts[0]), result);
    if (i + repeat.min >= most) continue;
    for (const Place place : {kStart, kWord, kOther})
      result[place] = e_.either(result[place], next[place]);
  }
  return result;
}

Following Translator::before_boundary(bool is_negated, const Following& next) {
  const Regex word_next = e_.concat(word_, any_);
  Following result = {};
  for (const Place place : {kStart, kWord, kOther}) {
    const bool wants_word = (place == kWord) == is_negated;
    result[place] =
        wants_word ? e_.both(next[place], word_next) : e_.without(next[place], word_next);
  }
  return result;
}

Following Translator::before_look_ahead(const PatternNode& look, const Following& next) {
  Following any = {};
  any.fill(any_);
  const Following seen = before(node(look.parts[0]), any);
  Following result = {};
  for (const Place place : {kStart, kWord, kOther})
    result[place] =
        look.is_negated ? e_.without(next[place], seen[place]) : e_.both(next[place], seen[place]);
  return result;
}

Result<Regex> Translator::translate() {
  Following end = {};
  end.fill(options_.search ? any_ : kEmptyText);
  const Following whole = before(node(tree_.root), end);
  if (refusal_) return refusal_;
  Regex result = whole[kStart];
  if (options_.search) {
    const Regex places[] = {result, e_.concat(any_, e_.concat(word_, whole[kWord])),
                            e_.concat(any_, e_.concat(other_, whole[kOther]))};
    if (whole[kWord] != whole[kOther])
      result = e_.either(places);
    else if (whole[kStart] == whole[kOther])
      result = behind_any(result);
    else
      result = e_.either(result, e_.concat(e_.repeat(character_, 1, kUnbounded), whole[kOther]));
    if (e_.includes(result, any_)) result = any_;
  }
  if (e_.fuel().exhausted()) return Refusal{"the pattern is too complex"};
  return result;
}

}  // namespace

Result<Regex> parse_pattern(Expressions& e, std::string_view pattern,
                            const PatternOptions& options) {
  Result<PatternTree> tree = parse_pattern_syntax(e.arena(), pattern, options);
  if (!tree) return tree.refusal();
  if (options.without_context && tree->nodes[tree->root].has_context) {
    return Refusal{"anchors, word boundaries and look-ahead are not supported in a terminal"};
  }
  return Translator(e, *tree, options).translate();
}

}  // namespace runtime::grammar::regex
