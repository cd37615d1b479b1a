// SPDX-License-Identifier: Apache-2.0
// Patterns compiled to automata, against a backtracking matcher that follows the definition.
#include "codegen/tokenizer/automaton.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "codegen/tokenizer/pattern.h"
#include "runtime/host/pre_tokenizer.h"

namespace {

using namespace codegen::tokenizer;  // NOLINT: what is tested
using Strings = std::vector<std::string>;

// Calls `then(end)` for each way to match `pattern` at `at`, best first, until one returns true.
using Then = std::function<bool(std::size_t)>;

bool backtrack(const Pattern& pattern, const std::u32string& text, std::size_t at,
               const Then& then);

bool backtrack_sequence(const Pattern& pattern, std::size_t child, const std::u32string& text,
                        std::size_t at, const Then& then) {
  if (child == pattern.children.size()) return then(at);
  return backtrack(pattern.children[child], text, at, [&](std::size_t end) {
    return backtrack_sequence(pattern, child + 1, text, end, then);
  });
}

bool backtrack_repeat(const Pattern& pattern, std::uint32_t done, const std::u32string& text,
                      std::size_t at, const Then& then) {
  if (pattern.lazy && done >= pattern.least && then(at)) return true;
  if (done < pattern.most) {
    const bool found = backtrack(pattern.children[0], text, at, [&](std::size_t end) {
      return end > at && backtrack_repeat(pattern, done + 1, text, end, then);
    });
    if (found) return true;
  }
  return !pattern.lazy && done >= pattern.least && then(at);
}

// As often as possible, and nothing is given back.
bool repeat_possessively(const Pattern& pattern, const std::u32string& text, std::size_t at,
                         const Then& then) {
  std::size_t end = at;
  const Pattern greedy{.kind = Pattern::Kind::repeat,
                       .least = pattern.least,
                       .most = pattern.most,
                       .children = pattern.children};
  const bool fits = backtrack_repeat(greedy, 0, text, at, [&](std::size_t found) {
    end = found;
    return true;
  });
  return fits && then(end);
}

bool backtrack(const Pattern& pattern, const std::u32string& text, std::size_t at,
               const Then& then) {
  switch (pattern.kind) {
    case Pattern::Kind::one_of:
      return at < text.size() && pattern.set.contains(text[at]) && then(at + 1);
    case Pattern::Kind::look:
      return (at < text.size() ? pattern.set.contains(text[at]) : pattern.or_end) && then(at);
    case Pattern::Kind::sequence:
      return backtrack_sequence(pattern, 0, text, at, then);
    case Pattern::Kind::any:
      for (const Pattern& child : pattern.children)
        if (backtrack(child, text, at, then)) return true;
      return false;
    case Pattern::Kind::repeat:
      break;
  }
  return pattern.possessive ? repeat_possessively(pattern, text, at, then)
                            : backtrack_repeat(pattern, 0, text, at, then);
}

std::string utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t c : text) {
    if (c < 0x80) {
      bytes += static_cast<char>(c);
    } else if (c < 0x800) {
      bytes += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      bytes += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
                static_cast<char>(0x80 | (c & 63))};
    } else {
      bytes += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
                static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
  }
  return bytes;
}

Strings split_by_backtracking(const Pattern& pattern, const std::u32string& text) {
  Strings pieces;
  std::size_t gap = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    backtrack(pattern, text, at, [&](std::size_t found) {
      end = found;
      return true;
    });
    if (end == at) {
      ++at;
      continue;
    }
    if (gap < at) pieces.push_back(utf8(std::u32string_view(text).substr(gap, at - gap)));
    pieces.push_back(utf8(std::u32string_view(text).substr(at, end - at)));
    gap = at = end;
  }
  if (gap < text.size()) pieces.push_back(utf8(std::u32string_view(text).substr(gap)));
  return pieces;
}

Strings split_by_automaton(const std::vector<std::byte>& section, const std::string& text) {
  const auto pre_tokenizer = runtime::host::PreTokenizer::open(section);
  EXPECT_TRUE(pre_tokenizer);
  Strings pieces;
  if (pre_tokenizer)
    pre_tokenizer->split(text, [&](std::string_view piece) { pieces.emplace_back(piece); });
  return pieces;
}

std::vector<std::byte> compile(const Pattern& pattern) {
  const auto classes = classes_of(std::span(&pattern, 1));
  EXPECT_TRUE(classes);
  std::string why;
  const auto automaton = automaton_of(pattern, *classes, why);
  EXPECT_TRUE(automaton) << why;
  if (!automaton) return {};
  const codegen::tokenizer::CutStage stage{.automaton = *automaton};
  return pre_tokenizer_section(*classes, std::span(&stage, 1));
}

constexpr const char* kPatterns[] = {
    // GPT-2
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
    // Llama 3
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    // o200k: case classes, and contractions as a suffix
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    // cl100k as tiktoken has it, with possessive repeats
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++\z|\s*[\r\n]|\s+(?!\S)|\s)",
    // Bloom, with a class inside a class
    R"( ?[^(\s|[.,!?])]+)",
    R"(\w+|[^\w\s]+)",
    R"([\p{L}&&[^a\u4e2d]]+|[\x{31}\x32])",
    R"(a.??b|a*?c|x{1,3}?)",
    R"((?:[ab]{2}?c??)+?\s)",
    R"(\s+$|a+b|b*\.)",
    R"(\p{N})",
    R"(\p{N}{1,3}(?=(?:x))|a|ab|abc)",
    R"((?:a|ab)(?:c|bcd)*)",
};

TEST(Automaton, MatchesWhatBacktrackingWouldFind) {
  const std::u32string alphabet =
      U"aabc'sStTvVeErR  \t\r\n\n12x9./\u00e9\u4e2d\u0301\U0001f999\u017f";
  std::mt19937 random(5);
  for (const char* text : kPatterns) {
    std::string why;
    const auto pattern = parse_pattern(text, why);
    ASSERT_TRUE(pattern) << text << ": " << why;
    const std::vector<std::byte> section = compile(*pattern);
    for (int round = 0; round < 3000; ++round) {
      std::u32string sample;
      for (std::size_t i = random() % 24; i > 0; --i)
        sample += alphabet[random() % alphabet.size()];
      ASSERT_EQ(split_by_automaton(section, utf8(sample)), split_by_backtracking(*pattern, sample))
          << text << " on \"" << utf8(sample) << '"';
    }
  }
}

// For a megabyte without a match, work that grows with the square would take an hour.
TEST(Automaton, TakesTimeLinearInTheText) {
  const std::string spaces(1'000'000, ' ');
  for (const char* text : {R"(\s+$)", R"( (?:  )+x| y)", R"([ a]*?b)", R"(\s*[\r\n]+|\s+(?!\S))"}) {
    std::string why;
    const auto pattern = parse_pattern(text, why);
    ASSERT_TRUE(pattern) << why;
    const std::vector<std::byte> section = compile(*pattern);
    for (const std::string& sample : {"\n" + spaces + "a", spaces + "a" + spaces + "ab"}) {
      std::string joined;
      for (const std::string& piece : split_by_automaton(section, sample)) joined += piece;
      EXPECT_TRUE(joined == sample) << text;
    }
  }
}

TEST(Automaton, GivesBackTheLastSpace) {
  std::string why;
  const auto pattern = parse_pattern(kPatterns[0], why);
  ASSERT_TRUE(pattern);
  const std::vector<std::byte> section = compile(*pattern);
  EXPECT_EQ(split_by_automaton(section, "I've 12   cats \n"),
            (Strings{"I", "'ve", " 12", "  ", " cats", " \n"}));
}

TEST(Pattern, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"a++a", "(?:ab)++c", "(?<=a)b", "(?!ab)", "\\bword", "(a", "a)", "[a", "[[a]", "\\", "^a",
        "a{2", "a{1,1000}", "\\p{Klingon}", "(?>a)", "\\1", "\\x{110000}", "\\uZZZZ"}) {
    std::string why;
    EXPECT_FALSE(parse_pattern(text, why)) << text;
    EXPECT_FALSE(why.empty()) << text;
  }
}

TEST(Automaton, RefusesPatternsThatMatchNothing) {
  std::string why;
  for (const char* text : {"a*", "", "a|", "(?!a)"}) {
    const auto pattern = parse_pattern(text, why);
    ASSERT_TRUE(pattern) << text;
    const auto classes = classes_of(std::span(&*pattern, 1));
    EXPECT_FALSE(automaton_of(*pattern, *classes, why)) << text;
    EXPECT_FALSE(why.empty());
  }
}

TEST(CodePointSet, KnowsProperties) {
  EXPECT_TRUE(CodePointSet::property("L")->contains(U'\u4e2d'));
  EXPECT_TRUE(CodePointSet::property("Lu")->contains(U'A'));
  EXPECT_FALSE(CodePointSet::property("Lu")->contains(U'a'));
  EXPECT_TRUE(CodePointSet::property("N")->contains(U'\u00bd'));
  EXPECT_FALSE(CodePointSet::property("Xy"));
  EXPECT_FALSE(CodePointSet::property(""));
  EXPECT_EQ(CodePointSet().negated(), CodePointSet::range(0, kLastCodePoint));
  EXPECT_EQ(CodePointSet::range(0, kLastCodePoint).negated(), CodePointSet());
  EXPECT_TRUE(CodePointSet::range('s', 's').with_both_cases().contains(U'\u017f'));
}

}  // namespace
