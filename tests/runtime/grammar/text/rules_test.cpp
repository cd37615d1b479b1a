// SPDX-License-Identifier: Apache-2.0
// GBNF, Lark, regular expressions and choices: random grammars against all texts that they derive,
// the laws of automata, and what is refused.
#include "runtime/grammar/text/rules.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/grammar/list.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/text/gbnf.h"
#include "runtime/grammar/text/lark.h"
#include "runtime/grammar/text/regular.h"
#include "tests/runtime/grammar/regex/naive_regex.h"
#include "tests/runtime/grammar/text/naive_grammar.h"

namespace runtime::grammar::text {
namespace {

bool accepts(Grammar& grammar, std::string_view text) {
  Recognizer recognizer(grammar);
  return recognizer.advance(text) && recognizer.is_complete();
}

// The laws that automaton.h states, for all states that can be reached.
void check_laws(Grammar& grammar, State start) {
  std::vector<State> open = {start};
  std::set<std::uint32_t> seen = {start.id};
  std::vector<std::pair<std::uint32_t, Edge>> all;
  std::set<std::uint32_t> productive;
  while (!open.empty()) {
    const State state = open.back();
    open.pop_back();
    List<Edge> edges;
    if (grammar.of(state).expand(state, edges)) productive.insert(state.id);
    for (const Edge& edge : edges) {
      if (edge.kind == Edge::Kind::text) {
        EXPECT_FALSE(grammar.expressions().is_nothing(edge.text));
        EXPECT_FALSE(grammar.expressions().is_nullable(edge.text));
      }
      all.emplace_back(state.id, edge);
      for (const State next : {edge.next, edge.callee})
        if (next.id == edge.next.id || edge.kind == Edge::Kind::call)
          if (seen.insert(next.id).second) open.push_back(next);
    }
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [from, edge] : all)
      if (productive.contains(edge.next.id) &&
          (edge.kind == Edge::Kind::text || productive.contains(edge.callee.id)))
        grew |= productive.insert(from).second;
  }
  EXPECT_EQ(productive.size(), seen.size());
}

void compare(Grammar& grammar, const Result<State>& start, const NaiveGrammar::Texts& expected,
             const std::string& source) {
  static const std::vector<std::string> all = regex::all_texts("abc", 4);
  if (!start) {
    EXPECT_TRUE(expected.empty()) << source << start.refusal().message;
    EXPECT_STREQ(start.refusal().message, "the grammar matches no text") << source;
    return;
  }
  check_laws(grammar, *start);
  grammar.set_start(*start);
  for (const std::string& text : all)
    ASSERT_EQ(accepts(grammar, text), expected.contains(text)) << source << text;
}

TEST(Rules, RandomGrammarsMatchWhatTheyDerive) {
  std::mt19937 random(21);
  for (int round = 0; round < 300; ++round) {
    const auto naive = NaiveGrammar::random(random, 1 + random() % 4, 3);
    const NaiveGrammar::Texts expected = naive.texts(4);
    Grammar gbnf;
    compare(gbnf, add_gbnf(gbnf, naive.as_gbnf()), expected, naive.as_gbnf());
    Grammar lark;
    compare(lark, add_lark(lark, naive.as_lark()), expected, naive.as_lark());
    if (testing::Test::HasFailure()) return;
  }
}

// Which of the texts a grammar accepts.
template <class Add>
std::vector<std::string> accepted(const Add& add, const std::vector<std::string>& texts) {
  Grammar grammar;
  const Result<State> start = add(grammar);
  if (!start) return {std::string(start.refusal().where) + " " + start.refusal().message};
  grammar.set_start(*start);
  std::vector<std::string> result;
  for (const std::string& text : texts)
    if (accepts(grammar, text)) result.push_back(text);
  return result;
}

using Texts = std::vector<std::string>;

Texts by_gbnf(std::string_view source, const Texts& texts) {
  return accepted([&](Grammar& g) { return add_gbnf(g, source); }, texts);
}
Texts by_lark(std::string_view source, const Texts& texts) {
  return accepted([&](Grammar& g) { return add_lark(g, source); }, texts);
}
std::string refusal_of_gbnf(std::string_view source) { return by_gbnf(source, {}).at(0); }
std::string refusal_of_lark(std::string_view source) { return by_lark(source, {}).at(0); }

TEST(Gbnf, ReadsTheLanguage) {
  const std::string_view list = R"(
# A list of numbers and lists.
root ::= list
list ::= "[" ws ( item
    ("," ws item)* )? "]" ws   # lines go on in parentheses
item ::= [0-9]+ ws |
         list
ws ::= [ \t\n]*
)";
  const Texts good = {"[]", "[1]", "[1, [2,33 ],[]]"};
  Texts texts = good;
  for (const char* const text : {"", "[", "[1,]", "[,1]", "[1 2]", "[a]", "[]]"})
    texts.emplace_back(text);
  EXPECT_EQ(by_gbnf(list, texts), good);
  EXPECT_EQ(
      by_gbnf(R"(root ::= "\x41\u00e9\U0001F600\n\"" [^a-c\]\-]{2} .)",
              {"A\xc3\xa9\xf0\x9f\x98\x80\n\"xy\xe2\x82\xac", "A\xc3\xa9\xf0\x9f\x98\x80\n\"x]z"}),
      Texts{"A\xc3\xa9\xf0\x9f\x98\x80\n\"xy\xe2\x82\xac"});
  EXPECT_EQ(by_gbnf("root ::= (\"a\" root \"b\")?", {"", "ab", "aabb", "aab"}),
            (Texts{"", "ab", "aabb"}));
  EXPECT_EQ(by_gbnf("root ::= root \"a\" | \"b\" dead\ndead ::= dead \"x\"\nroot2 ::= \"\"", {"a"}),
            Texts{" the grammar matches no text"});
}

TEST(Gbnf, CountsRepeatsOfRules) {
  const std::string_view source = "root ::= item{2,1000}\nitem ::= \"(\" item? \")\"\n";
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "()";
  EXPECT_EQ(by_gbnf(source, {"()", "()(())", many, many + "()"}), (Texts{"()(())", many}));
}

TEST(Gbnf, RefusesWithAPlace) {
  EXPECT_EQ(refusal_of_gbnf("root ::= a\nb ::= \"\""), "1:10 \"a\" is not defined");
  EXPECT_EQ(refusal_of_gbnf("a ::= \"\""), "1:1 \"root\" is not defined");
  EXPECT_EQ(refusal_of_gbnf("root ::= \"a\n"), "1:10 a literal is not closed");
  EXPECT_EQ(refusal_of_gbnf("root ::= \"é\" [a"), "1:14 a class of characters is not closed");
  EXPECT_EQ(refusal_of_gbnf("root ::= (\"a\"\n  | b\n"), "3:1 \")\" was expected");
  EXPECT_EQ(refusal_of_gbnf("root ::= a{3,2}"), "1:12 the numbers of a repeat are out of order");
  EXPECT_EQ(refusal_of_gbnf("root ::= \"a\"\nroot ::= \"b\""), "2:1 \"root\" is defined twice");
  EXPECT_EQ(refusal_of_gbnf("root ::= \"\\q\""), "1:11 there is no such escape");
  EXPECT_EQ(refusal_of_gbnf("root ::= <[1]>"), "1:10 the end of the rule was expected");
  EXPECT_EQ(refusal_of_gbnf("root = \"a\""), "1:6 \"::=\" was expected");
  EXPECT_EQ(refusal_of_gbnf("root ::= \"\xff\""), "1:11 the grammar is no UTF-8");
  EXPECT_EQ(refusal_of_gbnf("root ::= " + std::string(70, '(')),
            "1:70 parentheses are nested too deeply");
  EXPECT_EQ(refusal_of_gbnf("root ::= x{20000}\nx ::= \"(\" x? \")\""),
            " a repeat of rules goes beyond 10000");
}

TEST(Lark, ReadsTheLanguage) {
  const std::string_view source = R"lark(
// Calls of functions.
start: call
?call.2: NAME "(" [arg ("," arg)*] ")" -> call   # both kinds of comments
!arg: call | SIGNED_INT -> number
    | ESCAPED_STRING
    | HEX ~ 2..3
NAME: /[a-z_]\w*/ & ~("true" | "false"i)
HEX: "0".."9" | "A".."F"
%import common (SIGNED_INT, ESCAPED_STRING)
%import common.WS_INLINE -> BLANK
%ignore BLANK
)lark";
  const Texts good = {"f()", " f ( 1,-2 )  ", "f(\"a\\\"b\")", "f(g(), h(A B C))", "truer()"};
  Texts texts = good;
  for (const char* const text : {"", "f", "true()", "FALSE()", "f(,)", "f(1 .)", "f(A)", "f(\"a)"})
    texts.emplace_back(text);
  EXPECT_EQ(by_lark(source, texts), good);
  EXPECT_EQ(by_lark("start: \"A\"i /b+/i \"c\" ~ 2\n", {"abcc", "ABBcc", "abc"}),
            (Texts{"abcc", "ABBcc"}));
  EXPECT_EQ(by_lark("start:\n  | \"a\" start\n", {"", "aa", "b"}), (Texts{"", "aa"}));
}

// What is ignored stands before terminals and at the end, not inside of terminals.
TEST(Lark, IgnoresBetweenTerminals) {
  const std::string_view source = "start: (A \"c\")*\nA: \"a\" B\nB: \"b\"+\n%ignore \" \"\n";
  EXPECT_EQ(by_lark(source, {"", "  ", "abc", " ab c ab  c ", "a bc", "ab b c"}),
            (Texts{"", "  ", "abc", " ab c ab  c "}));
}

TEST(Lark, RefusesWithAPlace) {
  EXPECT_EQ(refusal_of_lark("start: a\n"), "1:8 \"a\" is not defined");
  EXPECT_EQ(refusal_of_lark("start: \"a\" & \"b\"\n"), "1:12 \"&\" is supported in terminals only");
  EXPECT_EQ(refusal_of_lark("start: A\nA: \"x\" A?\n"),
            "1:8 \"A\" is a terminal that calls itself or is too large");
  EXPECT_EQ(refusal_of_lark("start: A\nA: start\n"),
            "2:4 a terminal cannot call the rule \"start\"");
  EXPECT_EQ(refusal_of_lark("%import python.NAME\n"), "1:9 only \"common\" can be imported from");
  EXPECT_EQ(refusal_of_lark("%import common.XYZ\n"), "1:9 \"XYZ\" cannot be imported");
  EXPECT_EQ(refusal_of_lark("%declare A\n"), "1:1 \"%declare\" is not supported");
  EXPECT_EQ(refusal_of_lark("start{x}: x\n"), "1:6 templates are not supported");
  EXPECT_EQ(refusal_of_lark("start: /a$/\n"),
            "1:8 anchors, word boundaries and look-ahead are not supported in a terminal");
  EXPECT_EQ(refusal_of_lark("start: /a/x\n"),
            "1:11 this flag of a regular expression is not supported");
  EXPECT_EQ(refusal_of_lark("start: \"a\" )\n"), "1:12 the end of the line was expected");
  EXPECT_EQ(refusal_of_lark("start: \"ab\"..\"c\"\n"),
            "1:14 a range goes from one character to a later one");
}

// Terminals whose sizes double are too large; rules whose sizes double stay calls.
TEST(Lark, DoublingIsBounded) {
  std::string terminals = "start: T0\nT40: \"x\"\n";
  std::string rules = "start: r0\nr40: \"x\"\n";
  for (int i = 0; i < 40; ++i) {
    const std::string a = std::to_string(i), b = std::to_string(i + 1);
    terminals += "T" + a + ": T" + b + " \"y\" T" + b + "\n";
    rules += "r" + a + ": r" + b + " \"y\" r" + b + "\n";
  }
  EXPECT_TRUE(refusal_of_lark(terminals).ends_with("calls itself or is too large"));
  EXPECT_EQ(by_lark(rules, {"xyx"}), Texts{});
}

TEST(Regular, PatternsAndChoices) {
  const auto pattern = [](std::string_view source, const Texts& texts) {
    return accepted([&](Grammar& g) { return add_regex(g, source); }, texts);
  };
  EXPECT_EQ(pattern("[a-z]{2}(-\\d)?", {"ab", "ab-1", "xab", "ab-"}), (Texts{"ab", "ab-1"}));
  EXPECT_EQ(pattern("a*", {"", "a", "b"}), (Texts{"", "a"}));
  EXPECT_EQ(pattern("a$b", {}), Texts{" the grammar matches no text"});
  EXPECT_EQ(pattern("a(", {}), Texts{" a group is not closed, at character 2 of the pattern"});
  const auto choices = [](const std::vector<std::string_view>& list, const Texts& texts) {
    return accepted([&](Grammar& g) { return add_choices(g, list); }, texts);
  };
  EXPECT_EQ(choices({"yes", "no", "yes, no"}, {"yes", "no", "yes, ", "yes, no", ""}),
            (Texts{"yes", "no", "yes, no"}));
  EXPECT_EQ(choices({}, {}), Texts{" there is no choice"});
}

}  // namespace
}  // namespace runtime::grammar::text
