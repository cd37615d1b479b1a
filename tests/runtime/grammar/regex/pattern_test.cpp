// SPDX-License-Identifier: Apache-2.0
// Patterns against JavaScript's RegExp: written ones, random ones, and those of real schemas.
#include "runtime/grammar/regex/pattern.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "runtime/grammar/regex/json_text.h"
#include "runtime/host/utf8.h"
#include "tests/runtime/grammar/regex/naive_regex.h"
#include "tests/support/test_data.h"

namespace runtime::grammar::regex {
namespace {

using nlohmann::json;

json ask_node(const std::string& arguments) {
  const std::string script =
      std::string(WEBLLM_SOURCE_DIR) + "/tests/runtime/grammar/regex/pattern_oracle.mjs";
  FILE* const node = popen(("node '" + script + "' " + arguments).c_str(), "r");
  std::string answer;
  char buffer[4096];
  while (const std::size_t bytes = fread(buffer, 1, sizeof buffer, node))
    answer.append(buffer, bytes);
  EXPECT_EQ(pclose(node), 0);
  return json::parse(answer);
}

json ask_node_to_match(const json& cases) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("patterns-" + std::to_string(getpid()) + ".json");
  std::ofstream(path) << cases;
  json answers = ask_node("match '" + path + "'");
  std::filesystem::remove(path);
  return answers;
}

class Patterns : public testing::Test {
 protected:
  std::mt19937 random_{11};

  unsigned below(std::size_t n) { return static_cast<unsigned>(random_() % n); }

  // A text that matches, found by a random walk.
  std::optional<std::string> sample(Expressions& e, Regex r) {
    std::string text;
    for (unsigned steps = below(40); steps > 0; --steps) {
      if (e.is_nullable(r) && below(4) == 0) return text;
      const auto bytes = e.representatives(r);
      const std::uint8_t byte = bytes[below(bytes.size())];
      const Regex next = e.derivative(r, byte);
      if (e.is_nothing(next)) continue;
      text.push_back(static_cast<char>(byte));
      r = next;
    }
    const auto end = e.shortest(r);
    if (!end) return {};
    return text + *end;
  }

  // Characters removed, doubled and replaced.
  std::string mutated(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t bytes = host::decode_utf8(std::string_view(text).substr(i)).bytes;
      const unsigned choice = below(12);
      if (choice != 0) result += text.substr(i, bytes);
      if (choice == 1) result += text.substr(i, bytes);
      if (choice == 2) result += " _aZ0.-\n/:@é"[below(11)];
      i += bytes;
    }
    return result;
  }

  std::vector<std::string> texts_for(Expressions& e, Regex r, int count) {
    std::vector<std::string> texts = {""};
    for (int i = 0; i < count; ++i) {
      const auto text = sample(e, r);
      if (!text) break;
      texts.push_back(*text);
      texts.push_back(mutated(*text));
      texts.push_back(mutated(mutated(*text)));
    }
    return texts;
  }

  std::string spelled_at_random(const std::string& text) {
    std::string spelling;
    for (std::string_view rest = text; !rest.empty();) {
      const host::Utf8Character next = host::decode_utf8(rest);
      const bool is_raw = next.code_point >= 0x20 && rest[0] != '"' && rest[0] != '\\';
      if (is_raw && below(3) != 0) {
        spelling += rest.substr(0, next.bytes);
      } else {
        const json one = std::string(rest.substr(0, next.bytes));
        std::string escaped = one.dump(-1, ' ', true);
        spelling += std::string_view(escaped).substr(1, escaped.size() - 2);
      }
      rest.remove_prefix(next.bytes);
    }
    return spelling;
  }

  // Whether JavaScript agrees on all texts; patterns that it does not know are left out.
  void compare(const std::vector<std::string>& patterns, int texts_per_pattern) {
    json cases = json::array();
    std::vector<std::string> ours;
    for (const std::string& pattern : patterns) {
      Fuel fuel;
      Expressions e(fuel);
      const auto r = parse_pattern(e, pattern, {.search = true});
      const auto spelled = parse_pattern(e, pattern, {.text = Text::json_string, .search = true});
      if (!r || !spelled) continue;
      const std::vector<std::string> texts = texts_for(e, *r, texts_per_pattern);
      std::string bits;
      for (const std::string& text : texts) {
        bits += matches(e, *r, text) ? '1' : '0';
        EXPECT_EQ(matches(e, *spelled, spelled_at_random(text)), bits.back() == '1')
            << pattern << " with " << text;
      }
      EXPECT_FALSE(fuel.exhausted()) << pattern;
      cases.push_back({{"pattern", pattern}, {"texts", texts}});
      ours.push_back(bits);
    }
    const json theirs = ask_node_to_match(cases);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (theirs[i].is_null()) continue;
      const auto bits = theirs[i].get<std::string>();
      for (std::size_t k = 0; k < bits.size(); ++k)
        EXPECT_EQ(ours[i][k], bits[k]) << cases[i]["pattern"] << " with " << cases[i]["texts"][k];
    }
  }
};

TEST_F(Patterns, WrittenOnes) {
  compare({R"(^a|b$)",
           R"(a(^b|c)d)",
           R"((^|x)y($|z))",
           R"(\bfoo\b)",
           R"(\Bo\B)",
           R"(^\w+\b.\b)",
           R"((\b|a)\w)",
           R"(^(?=.*\d)(?=.*[a-z]).{4,8}$)",
           R"(^(?!foo)\w{1,4}$)",
           R"((?!a)\w(?=b$))",
           R"(x(?!y).)",
           R"(^(?:a{2,3}){2}$)",
           R"(a{,5})",
           R"(x{1)",
           R"([^])",
           R"([]a)",
           R"([\w-.])",
           R"([a\-z]+)",
           R"(^\u00e9\x41\cA?$)",
           R"(\u{1F600}|\ud83d\ude00)",
           R"(^\s+$)",
           R"(^\S.\D\W$)",
           R"([\b\0])",
           R"(^[\s\S]*$)",
           R"(^.$)",
           R"((?<n>a)+?b*?)",
           R"(\p{Lu}\p{Letter}*)",
           R"(^[^\P{L}a]$)",
           R"(^\p{Nd}|\p{gc=Sc}$)",
           R"(^$)",
           R"()",
           R"(|)",
           R"(a||b)",
           R"(^(a|ab)(c|bcd)$)",
           R"((?=a$)a|b)",
           R"($^)",
           R"(a$b)",
           R"((a$|b){2})",
           R"((?:^a|\bb){1,3})",
           R"(^(?!.*\.\.)[a-z.]+$)",
           R"([\d-x])",
           R"(\/\-)",
           R"(]})",
           R"((?=(?!b)\w)[a-c])",
           R"(^a(?=$|\s))"},
          40);
}

std::string random_pattern(std::mt19937& random, int depth) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  if (depth == 0) {
    const char* const atoms[] = {"a",   "b", "_",   "\\w", "[a-c]", ".", "^", "$",
                                 "\\b", "é", "\\B", "-",   "[^a]",  "x", "a", "b"};
    return atoms[below(std::size(atoms))];
  }
  const std::string inner = random_pattern(random, depth - 1);
  switch (below(9)) {
    case 0:
      return inner + "|" + random_pattern(random, depth - 1);
    case 1:
      return "(?:" + inner + ")" + (below(2) == 0 ? "{0,2}" : "{1,3}");
    case 2:
      return "(?=" + inner + ")" + random_pattern(random, depth - 1);
    case 3:
      return "(?!" + inner + ")" + random_pattern(random, depth - 1);
    case 4:
      return "(?:" + inner + ")*";
    case 5:
      return "(" + inner + ")?" + random_pattern(random, depth - 1);
    default:
      return inner + random_pattern(random, depth - 1);
  }
}

TEST_F(Patterns, RandomOnes) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 600; ++i) patterns.push_back(random_pattern(random_, 1 + i % 4));
  compare(patterns, 8);
}

TEST_F(Patterns, OfRealSchemas) {
  const auto folder = tests::require_test_data("schemas/maskbench");
  if (!folder) return;
  const json found = ask_node("patterns '" + folder->string() + "'");
  const auto patterns = found.get<std::vector<std::string>>();
  std::size_t parsed = 0;
  for (const std::string& pattern : patterns) {
    Fuel fuel;
    Expressions e(fuel);
    const auto r = parse_pattern(e, pattern, {.text = Text::json_string, .search = true});
    parsed += r ? 1 : 0;
    if (!r) std::printf("%s: %s\n", pattern.substr(0, 100).c_str(), r.refusal().message);
  }
  EXPECT_GE(parsed * 1000, patterns.size() * 995) << parsed << " of " << patterns.size();
  compare(patterns, 6);
}

std::string refusal_of(std::string_view pattern, const PatternOptions& options = {}) {
  Fuel fuel;
  Expressions e(fuel);
  const auto r = parse_pattern(e, pattern, options);
  return r ? "none" : r.refusal().message;
}

TEST_F(Patterns, RefusalsNameWhatAndWhere) {
  EXPECT_EQ(refusal_of("é(?<=b)"), "look-behind is not supported, at character 4 of the pattern");
  EXPECT_EQ(refusal_of("(a)\\1"),
            "back-references are not supported, at character 4 of the pattern");
  EXPECT_EQ(refusal_of("a++"),
            "possessive repeats are not supported, at character 3 of the pattern");
  EXPECT_EQ(refusal_of("(?>a)"), "atomic groups are not supported, at character 3 of the pattern");
  EXPECT_EQ(refusal_of("(a"), "a group is not closed, at character 1 of the pattern");
  EXPECT_EQ(refusal_of("a)"),
            "a group is closed that was never opened, at character 2 of the pattern");
  EXPECT_EQ(refusal_of("[b-a]"),
            "a range of characters is out of order, at character 3 of the pattern");
  EXPECT_EQ(refusal_of("*"), "nothing to repeat, at character 1 of the pattern");
  EXPECT_EQ(refusal_of("a{3,2}"),
            "the numbers of a repeat are out of order, at character 2 of the pattern");
  EXPECT_EQ(refusal_of("\\p{Greek}"),
            "the character property \"Greek\" is not supported, at character 1 of the pattern");
  EXPECT_EQ(refusal_of("\\Aa"), "the escape \\A is not supported, at character 1 of the pattern");
  EXPECT_EQ(refusal_of("(\\ba)*"),
            "anchors, word boundaries and look-ahead in a group that repeats are not supported");
  EXPECT_EQ(refusal_of(std::string(101, '(')),
            "groups are nested too deeply, at character 101 of the pattern");
  EXPECT_EQ(refusal_of("[a"), "a class of characters is not closed, at character 1 of the pattern");
  EXPECT_EQ(refusal_of("\xff"), "the pattern is no UTF-8, at character 1 of the pattern");
}

TEST_F(Patterns, OtherDialect) {
  const auto match = [](std::string_view pattern, std::string_view text) {
    Fuel fuel;
    Expressions e(fuel);
    const auto r = parse_pattern(e, pattern, {.dialect = PatternOptions::Dialect::rust});
    return r && matches(e, *r, text);
  };
  EXPECT_TRUE(match("(?i)kIx", "KiX"));
  EXPECT_TRUE(match("(?i)k", "\xe2\x84\xaa"));
  EXPECT_TRUE(match("a(?i:b)c", "aBc"));
  EXPECT_FALSE(match("a(?i:b)c", "abC"));
  EXPECT_TRUE(match("(?s).\\z", "\n"));
  EXPECT_TRUE(match("[[:alpha:]_]+", "ab_"));
  EXPECT_TRUE(match("[]a]+", "]a"));
  EXPECT_TRUE(match("\\x{e9}\\pL", "\xc3\xa9\xc3\xa9"));
  EXPECT_FALSE(match("[a&&b]", "a"));
}

}  // namespace
}  // namespace runtime::grammar::regex
